import type { Copies } from '../serde/serde.js'
import type { Entries, EntryId } from './entries.js'

/** Entries that share a place push one another out. */
const places = 256

/**
 * Values of keys that are asked for again and again, kept as they are read: copying one is several times cheaper than reading
 * its bytes. Who asks gets a copy, which is his own to change. An entry is kept from the second time on that it is met.
 */
export class DecodedValues<V> {
  readonly #entries: Entries
  readonly #copies: Copies<V>
  readonly #mostBytes: number
  #bytes = 0
  /** How many entries had been freed when these were kept: one more, and it may be one of them. */
  #freed = 0
  readonly #ids = new Int32Array(places).fill(-1)
  readonly #values: (V | undefined)[] = Array.from({ length: places })
  readonly #sizes = new Int32Array(places)

  /** @param mostBytes of the values as they are stored */
  constructor(entries: Entries, copies: Copies<V>, mostBytes: number) {
    this.#entries = entries
    this.#copies = copies
    this.#mostBytes = mostBytes
  }

  /** The entry's value, where it is kept. */
  get(id: EntryId): V | undefined {
    const value = this.#kept(id)
    return value === undefined ? undefined : this.#copies.again(value)
  }

  /** Whether the entry's value is kept, and writing this one would give its bytes. */
  isSame(id: EntryId, value: V): boolean {
    const kept = this.#kept(id)
    return kept !== undefined && this.#copies.isSame(kept, value)
  }

  /** The entry's value was read or written, which takes so many bytes. */
  meet(id: EntryId, value: V, bytes: number): void {
    const place = this.#placeFor(id, bytes)
    if (place >= 0) this.#values[place] = this.#copies.make(value)
  }

  /** The entry's value is another one now, which is kept when it is read next. */
  changed(id: EntryId): void {
    const place = id & (places - 1)
    this.#clear(place)
    this.#ids[place] = id
  }

  /** The entry has no value any more, or one that nobody is known to read. */
  forget(id: EntryId): void {
    const place = id & (places - 1)
    if (this.#ids[place] === id) this.#clear(place)
  }

  #kept(id: EntryId): V | undefined {
    if (this.#entries.freed !== this.#freed) this.#forgetAll()
    const place = id & (places - 1)
    return this.#ids[place] === id ? this.#values[place] : undefined
  }

  /** Where a value of so many bytes is to be kept; -1 where it is not. */
  #placeFor(id: EntryId, bytes: number): number {
    if (this.#entries.freed !== this.#freed) this.#forgetAll()
    const place = id & (places - 1)
    if (this.#ids[place] !== id) {
      this.#clear(place)
      this.#ids[place] = id
      return -1
    }
    if (this.#bytes + bytes - this.#sizes[place]! > this.#mostBytes) {
      this.#forgetAll()
      return -1
    }
    this.#bytes += bytes - this.#sizes[place]!
    this.#sizes[place] = bytes
    return place
  }

  #clear(place: number): void {
    this.#values[place] = undefined
    this.#bytes -= this.#sizes[place]!
    this.#sizes[place] = 0
  }

  #forgetAll(): void {
    this.#ids.fill(-1)
    this.#values.fill(undefined)
    this.#sizes.fill(0)
    this.#bytes = 0
    this.#freed = this.#entries.freed
  }
}
