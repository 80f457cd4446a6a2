import { Worker } from 'node:worker_threads'
import type { ThreadData } from './messages.js'

/** Starts a thread. It gets the arguments of the process too, in case its module looks at them. */
export function spawn(workerData: ThreadData): Worker {
  const name = `sluice-${workerData.slot}`
  return new Worker(new URL('./thread-main.js', import.meta.url), { workerData, argv: process.argv.slice(2), name })
}
