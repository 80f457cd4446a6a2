import { isMainThread, workerData } from 'node:worker_threads'
import { SluiceError } from '../../errors.js'
import type { ThreadData } from './messages.js'

/**
 * Refuses a start inside a thread that a pipeline has started: its module was imported there for the pipeline alone.
 *
 * @throws SluiceError BAD_TOPOLOGY
 */
export function refuseInThread(application: string): void {
  if (isMainThread || (workerData as Partial<ThreadData> | undefined)?.sluice !== 'thread') return
  throw new SluiceError('BAD_TOPOLOGY', `"${application}" is started by the module that its threads import`, {
    hint: 'start it in another file than the one that { module } names, or only if (isMainThread) of node:worker_threads',
  })
}
