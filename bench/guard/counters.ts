import { createHook } from 'node:async_hooks'
import { Level } from 'level'
import { countCopies } from './copies.js'

/** What was counted since `reset`. */
export interface Counts {
  promises: number
  levelReads: number
  levelWrites: number
  /** Writes to the disk: one for each commit, of records, positions and state together. */
  diskWrites: number
  copiedBytes: number
  heapBytes: number
}

type Direct = (...args: unknown[]) => void

/** The half of LevelDB's binding that the state goes through. */
interface Binding {
  _getSync: (this: Binding, ...args: unknown[]) => unknown
  _getMany: (this: Binding, keys: readonly unknown[], ...args: unknown[]) => unknown
  _iterator: (this: Binding, ...args: unknown[]) => unknown
  _chainedBatch: (this: Binding) => { _put: Direct; _del: Direct; _write: (...args: unknown[]) => Promise<void> }
}

const nothing = { promises: 0, levelReads: 0, levelWrites: 0, diskWrites: 0, copiedBytes: 0, heapBytes: 0 }

/** Counts promises, operations of LevelDB, copies and the growth of the heap, which no collection may interrupt. */
export function counters(): { start(): void; stop(): Counts } {
  const counts: Counts = { ...nothing }
  const copied = countCopies()
  const hook = createHook({ init: (_, type) => void (type === 'PROMISE' && counts.promises++) })
  const database = Level.prototype as unknown as Binding
  const { _getSync, _getMany, _iterator, _chainedBatch } = database
  database._getSync = function (...args) {
    counts.levelReads++
    return _getSync.apply(this, args)
  }
  database._getMany = function (keys, ...args) {
    counts.levelReads += keys.length
    return _getMany.call(this, keys, ...args)
  }
  database._iterator = function (...args) {
    counts.levelReads++
    return _iterator.apply(this, args)
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
    const write = batch._write
    batch._write = (...args) => {
      counts.diskWrites++
      return write.apply(batch, args)
    }
    return batch
  }
  let before = 0
  return {
    start() {
      globalThis.gc!()
      Object.assign(counts, nothing)
      copied.bytes = 0
      hook.enable()
      before = process.memoryUsage().heapUsed
    },
    stop() {
      counts.heapBytes = process.memoryUsage().heapUsed - before
      hook.disable()
      counts.copiedBytes = copied.bytes
      return counts
    },
  }
}
