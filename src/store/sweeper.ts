import { writeInt64 } from '../serde/int64-bytes.js'
import type { CachedStore } from './cached-store.js'

/** How many entries one call deletes at most: what is deleted stays in memory until the commit. */
const most = 4096

/**
 * Deletes what has expired from a store whose keys begin with the number of their time bucket (int64, big-endian). The
 * order of the keys is the index, so nothing is kept per record; from time to time the beginning of the store is walked.
 */
export class Sweeper {
  readonly #store: CachedStore<Uint8Array, Uint8Array>
  readonly #step: number
  /** Buckets below are known to be empty. */
  #swept = -1

  /**
   * @param width of a bucket, in milliseconds
   * @param retention how long entries live, in milliseconds; a quarter of it may pass between two walks
   */
  constructor(store: CachedStore<Uint8Array, Uint8Array>, width: number, retention: number) {
    this.#store = store
    this.#step = Math.max(1, Math.ceil(Math.max(1000, retention / 4) / width))
  }

  /**
   * Deletes the entries of buckets below `bucket`, if it is time. Suspends when it is.
   *
   * @param now the timestamp of the deletions
   * @param onDelete gets each key that is deleted and its value
   */
  sweep(bucket: number, now: number, onDelete?: (key: Uint8Array, value: Uint8Array) => void): void | Promise<void> {
    if (bucket - this.#swept < this.#step) return undefined
    return this.#walk(bucket, now, onDelete)
  }

  forget(): void {
    this.#swept = -1
  }

  async #walk(
    bucket: number,
    now: number,
    onDelete: ((key: Uint8Array, value: Uint8Array) => void) | undefined,
  ): Promise<void> {
    const end = Buffer.allocUnsafe(8)
    writeInt64(bucket, end, 0)
    let deleted = 0
    for await (const [key, value] of this.#store.entries({ to: end })) {
      if (Buffer.compare(key, end) >= 0) break
      if (deleted++ === most) return
      onDelete?.(key, value)
      void this.#store.put(key, null, now)
    }
    this.#swept = bucket
  }
}
