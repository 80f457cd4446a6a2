import type { ChainedBatch } from 'level'
import type { LevelDb } from './level-store.js'
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
export class LevelLoad implements StateLoad {
  length = 0
  readonly #chained: ChainedBatch<LevelDb, Buffer, Buffer>
  readonly #append: LevelAppend
  readonly #failed: (thrown: unknown) => Error

  constructor(chained: ChainedBatch<LevelDb, Buffer, Buffer>, append: LevelAppend, failed: (thrown: unknown) => Error) {
    this.#chained = chained
    this.#append = append
    this.#failed = failed
  }

  put(store: string, key: Uint8Array, value: Uint8Array): void {
    this.putSlices(store, key, 0, key.length, value, 0, value.length)
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

  delete(store: string, key: Uint8Array): void {
    this.deleteSlice(store, key, 0, key.length)
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
