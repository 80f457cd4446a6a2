import { int64Bytes, readInt64 } from '../serde/int64-bytes.js'
import type { CachedStore } from './cached-store.js'

/** Sorts behind every key that begins with a time. */
const prefix = 0xff
/** Where the entries of such a store end, and the numbers begin. */
export const behindEntries: Uint8Array = Uint8Array.of(prefix)

/** A number that outlasts a restart, mostly a time: it lies in the store whose entries go with it, and is written with them. */
export class RememberedNumber {
  readonly #store: CachedStore<Uint8Array, Uint8Array>
  readonly #key: Uint8Array
  #value: number | undefined
  #changed = false

  /** @param id tells apart the numbers of one store */
  constructor(store: CachedStore<Uint8Array, Uint8Array>, id: number) {
    this.#store = store
    this.#key = Uint8Array.of(prefix, id)
  }

  /** Of a time, milliseconds since the epoch; -1 before the first. */
  get value(): number {
    if (this.#value === undefined) {
      const stored = this.#store.get(this.#key)
      this.#value = stored === undefined ? -1 : readInt64(stored, 0)
    }
    return this.#value
  }

  set value(value: number) {
    if (value === this.value) return
    this.#value = value
    this.#changed = true
  }

  /**
   * Puts it into the store, so that the next drain takes it along.
   *
   * @param timestamp of its record in the changelog; where left out, it is a time itself
   */
  save(timestamp: number = this.value): void {
    if (!this.#changed) return
    void this.#store.put(this.#key, int64Bytes(this.#value!), Math.max(0, timestamp))
    this.#changed = false
  }

  /** Back to what was committed. */
  forget(): void {
    this.#value = undefined
    this.#changed = false
  }
}
