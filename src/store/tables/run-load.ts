import { SliceWrites } from '../slice-writes.js'
import type { StateLoad } from '../state-db.js'
import type { Run } from './run.js'

/** Writes that a run collects. */
export class RunLoad extends SliceWrites implements StateLoad {
  readonly #run: Run
  readonly #prefixOf: (store: string) => Buffer
  readonly #write: () => Promise<void>
  #lastStore: string | undefined
  #prefix: Buffer = Buffer.alloc(0)

  constructor(run: Run, prefixOf: (store: string) => Buffer, write: () => Promise<void>) {
    super()
    this.#run = run
    this.#prefixOf = prefixOf
    this.#write = write
  }

  get length(): number {
    return this.#run.count
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
    if (store !== this.#lastStore) {
      this.#prefix = this.#prefixOf(store)
      this.#lastStore = store
    }
    this.#run.add(this.#prefix, keys, keyStart, keyEnd, values, valueStart, valueEnd)
  }

  deleteSlice(store: string, keys: Uint8Array, keyStart: number, keyEnd: number): void {
    this.putSlices(store, keys, keyStart, keyEnd, keys, 0, -1)
  }

  write(): Promise<void> {
    return this.#write()
  }

  async close(): Promise<void> {
    this.#run.clear()
  }
}
