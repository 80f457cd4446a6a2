import type { Entries, EntryId } from './entries.js'

/** Entries that share a place push one another out. */
const places = 256

/**
 * Values of keys that are asked for again and again, kept as they are read: copying one is several times cheaper than reading
 * its bytes. Who asks gets a copy, which is his own to change. An entry is kept from the second time on that it is met.
 */
export class DecodedValues<V> {
  readonly #entries: Entries
  readonly #copy: (value: V) => V | undefined
  readonly #mostBytes: number
  #bytes = 0
  /** How many entries had been freed when these were kept: one more, and it may be one of them. */
  #freed = 0
  readonly #ids = new Int32Array(places).fill(-1)
  readonly #values: (V | undefined)[] = Array.from({ length: places })
  readonly #sizes = new Int32Array(places)

  /** @param mostBytes of the values as they are stored */
  constructor(entries: Entries, copy: (value: V) => V | undefined, mostBytes: number) {
    this.#entries = entries
    this.#copy = copy
    this.#mostBytes = mostBytes
  }

  /** The entry's value, where it is kept. */
  get(id: EntryId): V | undefined {
    if (this.#entries.freed !== this.#freed) this.#forgetAll()
    const place = id & (places - 1)
    const value = this.#ids[place] === id ? this.#values[place] : undefined
    return value === undefined ? undefined : this.#copy(value)
  }

  /** The entry's value was read or written, which takes so many bytes. */
  meet(id: EntryId, value: V, bytes: number): void {
    if (this.#entries.freed !== this.#freed) this.#forgetAll()
    const place = id & (places - 1)
    if (this.#ids[place] !== id) {
      this.#clear(place)
      this.#ids[place] = id
    } else if (this.#bytes + bytes - this.#sizes[place]! > this.#mostBytes) this.#forgetAll()
    else {
      this.#bytes += bytes - this.#sizes[place]!
      this.#sizes[place] = bytes
      this.#values[place] = this.#copy(value)
    }
  }

  /** The entry's value is another one now. */
  forget(id: EntryId): void {
    const place = id & (places - 1)
    if (this.#ids[place] === id) this.#clear(place)
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
