import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { ThreadData } from './messages.js'

/** Starts a thread. It gets the arguments of the process too, in case its module looks at them. */
export function spawn(workerData: ThreadData): Worker {
  const options = { workerData, argv: process.argv.slice(2), name: `sluice-${workerData.slot}` }
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./thread-main.js', import.meta.url), options)
  // From source the thread needs the loader too, which `--import tsx` gives to main threads only.
  const tsx = createRequire(import.meta.url).resolve('tsx/package.json')
  const api = new URL('./dist/esm/api/index.mjs', pathToFileURL(tsx)).href
  const main = new URL('./thread-main.ts', import.meta.url).href
  const script = `import(${JSON.stringify(api)}).then(tsx => { tsx.register(); return import(${JSON.stringify(main)}) })`
  return new Worker(script, { ...options, eval: true })
}
