import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { ThreadData } from './messages.js'

/** By its name in `package.json`: the build puts this code into a chunk that lies elsewhere. */
const program = createRequire(import.meta.url).resolve('#thread-main')

/** Starts a thread. It gets the arguments of the process too, in case its module looks at them. */
export function spawn(workerData: ThreadData): Worker {
  const name = `sluice-${workerData.slot}`
  return new Worker(program, { workerData, argv: process.argv.slice(2), name })
}
