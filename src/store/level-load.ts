import type { ChainedBatch } from 'level'
import type { LevelDb } from './level-store.js'
import { SliceWrites } from './slice-writes.js'
import type { StateLoad } from './state-db.js'

/** Adds to a batch of LevelDB's: the value in `values[valueStart, valueEnd)`; a `valueEnd` of -1 deletes the key. */
export type LevelAppend = (
  chained: ChainedBatch<LevelDb, Buffer, Buffer>,
  store: string,
  keys: Uint8Array,
  keyStart: number,
  keyEnd: number,
  values: Uint8Array,
  valueStart: number,
  valueEnd: number,
) => void

/** Writes that LevelDB's own batch collects: their bytes cross to it at once, and lie nowhere else. */
export class LevelLoad extends SliceWrites implements StateLoad {
  length = 0
  readonly #chained: ChainedBatch<LevelDb, Buffer, Buffer>
  readonly #append: LevelAppend
  readonly #failed: (thrown: unknown) => Error

  constructor(chained: ChainedBatch<LevelDb, Buffer, Buffer>, append: LevelAppend, failed: (thrown: unknown) => Error) {
    super()
    this.#chained = chained
    this.#append = append
    this.#failed = failed
  }

  putSlices(
    store: string,
    keys: Uint8Array,
    keyStart: number,
    keyEnd: number,
    values: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    this.length++
    this.#append(this.#chained, store, keys, keyStart, keyEnd, values, valueStart, valueEnd)
  }

  deleteSlice(store: string, keys: Uint8Array, keyStart: number, keyEnd: number): void {
    this.length++
    this.#append(this.#chained, store, keys, keyStart, keyEnd, keys, -1, -1)
  }

  async write(): Promise<void> {
    try {
      await this.#chained.write()
    } catch (thrown) {
      throw this.#failed(thrown)
    }
  }

  close(): Promise<void> {
    return this.#chained.close()
  }
}
