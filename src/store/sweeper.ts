import { int64Bytes, readInt64 } from '../serde/int64-bytes.js'
import type { CachedStore } from './cached-store.js'

/** How many entries one call deletes at most: what is deleted stays in memory until the commit. */
const most = 4096

/**
 * Deletes what has expired from a store whose keys begin with the number of their time bucket (int64, big-endian). The
 * order of the keys is the index, so nothing is kept per record; from time to time the beginning of the store is walked,
 * from where the last walk ended: LevelDB would pass over all that was deleted before.
 */
export class Sweeper {
  readonly #store: CachedStore<Uint8Array, Uint8Array>
  readonly #step: number
  /** Buckets below are known to be empty. */
  #swept = -1
  /** Where the next walk begins: a key of bucket `#swept`, or of one behind it that is walked in parts. */
  #from: Buffer = Buffer.alloc(0)

  /**
   * @param width of a bucket, in milliseconds
   * @param retention how long entries live, in milliseconds; a quarter of it may pass between two walks
   */
  constructor(store: CachedStore<Uint8Array, Uint8Array>, width: number, retention: number) {
    this.#store = store
    this.#step = Math.max(1, Math.ceil(Math.max(1000, retention / 4) / width))
  }

  /** Something was put into the bucket. Behind a walk only where time was set back (by what is pending). */
  added(bucket: number): void {
    if (this.#from.length === 0 || bucket > readInt64(this.#from, 0)) return
    this.#swept = Math.min(this.#swept, bucket)
    this.#from = int64Bytes(bucket)
  }

  /**
   * Deletes the entries of buckets below `bucket`, if it is time. Suspends when it is.
   *
   * @param now the timestamp of the deletions
   */
  sweep(bucket: number, now: number): void | Promise<void> {
    if (bucket - this.#swept < this.#step) return undefined
    return this.#walk(bucket, now)
  }

  forget(): void {
    this.#swept = -1
    this.#from = Buffer.alloc(0)
  }

  async #walk(bucket: number, now: number): Promise<void> {
    const end = int64Bytes(bucket)
    const next = await this.#store.deleteRange(this.#from, end, most, now)
    if (next === undefined) this.#swept = bucket
    this.#from = next ?? end
  }
}
