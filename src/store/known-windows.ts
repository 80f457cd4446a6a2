import { readInt64 } from '../serde/int64-bytes.js'
import { BucketKeys } from './bucket-keys.js'
import { hashOf } from './key-index.js'
import type { RememberedNumber } from './remembered-number.js'

/** Windows of less than so many milliseconds are known together. */
const leastWidth = 1000

/**
 * Which windows there are, by the hashes of their bytes: each one that is new would cost a read of the database otherwise. What
 * the database had before lies up to the latest window that was committed with it; of that nothing is known.
 */
export class KnownWindows {
  readonly #maxBytes: number
  readonly #width: number
  readonly #latest: RememberedNumber
  #known: BucketKeys | undefined

  /** @param latest the largest start of a window, which is committed with them */
  constructor(size: number, maxBytes: number, latest: RememberedNumber) {
    this.#maxBytes = maxBytes
    // Windows without an end are of infinite size, and infinity by infinity is no number.
    this.#width = Math.min(Math.max(size, leastWidth), Number.MAX_SAFE_INTEGER)
    this.#latest = latest
  }

  /** To be called before `latest` moves. */
  begin(): void {
    this.#known ??= new BucketKeys(this.#maxBytes, Math.floor(this.#latest.value / this.#width))
  }

  /** Never wrongly false. `bytes[start, end)` is a window as it is stored, which ends in its start. */
  mayHold(bytes: Buffer, start: number, end: number): boolean {
    return this.#known === undefined || this.#known.mayHold(this.#bucketOf(bytes, end), hashOf(bytes, start, end))
  }

  add(bytes: Buffer, start: number, end: number): void {
    this.#known?.add(this.#bucketOf(bytes, end), hashOf(bytes, start, end))
  }

  /** Windows that start before this time are gone. */
  drop(before: number): void {
    this.#known?.drop(Math.floor(before / this.#width))
  }

  /** What is committed decides anew. */
  forget(): void {
    this.#known = undefined
  }

  #bucketOf(bytes: Buffer, end: number): number {
    return Math.floor(readInt64(bytes, end - 8) / this.#width)
  }
}
