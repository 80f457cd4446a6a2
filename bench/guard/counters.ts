import { createHook } from 'node:async_hooks'
import { Level } from 'level'

/** What was counted since `reset`. */
export interface Counts {
  promises: number
  levelReads: number
  levelWrites: number
  heapBytes: number
}

type Direct = (...args: unknown[]) => void

/** The half of LevelDB's binding that the state goes through. */
interface Binding {
  _getSync: (this: Binding, ...args: unknown[]) => unknown
  _chainedBatch: (this: Binding) => { _put: Direct; _del: Direct }
}

/** Counts promises, operations of LevelDB and the growth of the heap, which no collection may interrupt. */
export function counters(): { start(): void; stop(): Counts } {
  const counts: Counts = { promises: 0, levelReads: 0, levelWrites: 0, heapBytes: 0 }
  const hook = createHook({ init: (_, type) => void (type === 'PROMISE' && counts.promises++) })
  const database = Level.prototype as unknown as Binding
  const { _getSync, _chainedBatch } = database
  database._getSync = function (...args) {
    counts.levelReads++
    return _getSync.apply(this, args)
  }
  database._chainedBatch = function () {
    const batch = _chainedBatch.call(this)
    for (const name of ['_put', '_del'] as const) {
      const direct = batch[name]
      batch[name] = (...args) => {
        counts.levelWrites++
        direct.apply(batch, args)
      }
    }
    return batch
  }
  let before = 0
  return {
    start() {
      globalThis.gc!()
      Object.assign(counts, { promises: 0, levelReads: 0, levelWrites: 0 })
      hook.enable()
      before = process.memoryUsage().heapUsed
    },
    stop() {
      counts.heapBytes = process.memoryUsage().heapUsed - before
      hook.disable()
      return counts
    },
  }
}
