import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { ThreadData } from './messages.js'

const require = createRequire(import.meta.url)

/** Starts a thread. It gets the arguments of the process too, in case its module looks at them. */
export function spawn(workerData: ThreadData): Worker {
  // By its name in `package.json`: the build puts this code into a chunk that lies elsewhere.
  const program = require.resolve('#thread-main')
  return new Worker(program, { workerData, argv: process.argv.slice(2), name: `sluice-${workerData.slot}` })
}
