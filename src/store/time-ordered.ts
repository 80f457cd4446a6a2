import { bytes } from '../serde/bytes.js'
import { int64Bytes, readInt64, writeInt64 } from '../serde/int64-bytes.js'
import type { Serde } from '../serde/serde.js'
import { createKeyValueStore, type CachedStore } from './cached-store.js'
import type { ChangeBytes, ChangelogWriter, ManagedStore } from './key-value.js'
import { lowerBound } from './lower-bound.js'
import { RememberedNumber } from './remembered-number.js'
import type { StateBatch, StateStore, StateWrites } from './state-db.js'

/** An entry and its place in the order. */
export interface TimeOrderedEntry<K, V> {
  readonly timestamp: number
  readonly key: K
  readonly value: V
  readonly place: string
}

/** Entries by time and key that are taken out in the order of their time, then of the bytes of their key. */
export interface TimeOrderedStore<K, V> {
  /** Three numbers that outlast a restart, for the owner; -1 at first. */
  readonly observed: RememberedNumber
  readonly least: RememberedNumber
  readonly ahead: RememberedNumber
  get(timestamp: number, key: K): V | undefined
  /**
   * `written` is the timestamp in the changelog, where the entry's own may lie so far ahead that brokers would refuse it
   * (`message.timestamp.after.max.ms`, one hour since Kafka 4).
   */
  put(timestamp: number, key: K, value: V, written?: number): void
  delete(timestamp: number, key: K, written?: number): void
  /**
   * Deletes entries from one time to another (both inclusive), about `most` at most. Answers the time of the first that is
   * left; nothing when none is.
   *
   * @param each gets the time of each and the bytes of its key
   */
  deleteBetween(
    from: number,
    to: number,
    most: number,
    each: (timestamp: number, key: Buffer) => void,
  ): Promise<number | undefined>
  /**
   * The first entry; or the first behind another one, which may be gone; or the first at or after a time. Suspends when it
   * has to look on the disk.
   *
   * @param until one that is later is not answered
   */
  next(
    after?: TimeOrderedEntry<K, V> | number,
    until?: number,
  ): TimeOrderedEntry<K, V> | undefined | Promise<TimeOrderedEntry<K, V> | undefined>
  /** The largest timestamp; -1 when it is empty. */
  last(): number | Promise<number>
}

export interface TimeOrderedStoreOptions<K, V> {
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
  readonly db: StateStore
  readonly cacheBytes: number
}

/** How many places may be in memory. */
const most = 8192
/** How many are read ahead: each time, all that is uncommitted and lies behind is copied and sorted. */
const readAhead = most / 2
/** Behind every place: those begin with the zero bytes of a time. */
const end = '\xff'

/** Such a store over a state database. The first places in the order are in memory, so that taking out rarely waits. */
export function createTimeOrderedStore<K, V>(
  options: TimeOrderedStoreOptions<K, V>,
): TimeOrderedStore<K, V> & ManagedStore {
  return new TimeOrderedBytes(options)
}

class TimeOrderedBytes<K, V> implements TimeOrderedStore<K, V>, ManagedStore {
  readonly name: string
  readonly observed: RememberedNumber
  readonly least: RememberedNumber
  readonly ahead: RememberedNumber
  readonly #entries: CachedStore<Uint8Array, Uint8Array>
  readonly #key: Serde<K>
  readonly #value: Serde<V>
  /** In order: every place from `#floor` to `#known`. A place is the latin1 text of timestamp (int64) and key. */
  #head: string[] = []
  /** Where the order begins in it: what lies before was taken out, which is mostly the first. */
  #first = 0
  #floor = ''
  #known = ''

  constructor({ name, key, value, db, cacheBytes }: TimeOrderedStoreOptions<K, V>) {
    this.name = name
    this.#key = key
    this.#value = value
    this.#entries = createKeyValueStore({ name, key: bytes, value: bytes, db, cache: false, cacheBytes })
    this.observed = new RememberedNumber(this.#entries, 0)
    this.least = new RememberedNumber(this.#entries, 1)
    this.ahead = new RememberedNumber(this.#entries, 2)
  }

  get(timestamp: number, key: K): V | undefined {
    const name = this.#bytesOf(timestamp, key)
    if (this.#lacks(name.toString('latin1'))) return undefined
    const stored = this.#entries.get(name)
    return stored === undefined ? undefined : this.#value.deserialize(stored)
  }

  put(timestamp: number, key: K, value: V, written: number = timestamp): void {
    const name = this.#bytesOf(timestamp, key)
    const place = name.toString('latin1')
    const isNew = this.#lacks(place)
    const bytes = this.#value.serialize(value)
    if (isNew) this.#entries.lacks(name)
    void this.#entries.put(name, bytes, written)
    if (!isNew) return
    this.#head.splice(this.#indexOf(place), 0, place)
    if (this.#length > most) {
      this.#known = this.#head[this.#first + most / 2]!
      this.#head.length = this.#first + most / 2
    }
  }

  delete(timestamp: number, key: K, written: number = timestamp): void {
    const name = this.#bytesOf(timestamp, key)
    const place = name.toString('latin1')
    if (this.#lacks(place)) return
    void this.#entries.put(name, null, written)
    const index = this.#indexOf(place)
    if (this.#head[index] !== place) return
    if (index > this.#first) this.#head.splice(index, 1)
    else if (++this.#first === most / 2 || this.#length === 0) {
      this.#head = this.#head.slice(this.#first)
      this.#first = 0
    }
  }

  async deleteBetween(
    from: number,
    to: number,
    most: number,
    each: (timestamp: number, key: Buffer) => void,
  ): Promise<number | undefined> {
    const [start, behind] = [int64Bytes(from), int64Bytes(to + 1)]
    const left = await this.#entries.deleteRange(start, behind, most, to, place => {
      each(readInt64(place, 0), place.subarray(8))
    })
    const first = this.#indexOf(start.toString('latin1'))
    this.#head.splice(first, this.#indexOf((left ?? behind).toString('latin1')) - first)
    return left && readInt64(left, 0)
  }

  next(
    after?: TimeOrderedEntry<K, V> | number,
    until: number = Number.POSITIVE_INFINITY,
  ): TimeOrderedEntry<K, V> | undefined | Promise<TimeOrderedEntry<K, V> | undefined> {
    const from = after === undefined ? '' : typeof after === 'number' ? placeOf(after) : `${after.place}\0`
    if (from < this.#floor) return this.#lookFor(from, until)
    const place = this.#head[this.#indexOf(from)]
    if (place !== undefined) return this.#entryAt(place, until)
    return this.#known === end ? undefined : this.#lookFor(from, until)
  }

  last(): number | Promise<number> {
    if (this.#known !== end || this.#floor !== '') return this.#lastOnDisk()
    return this.#length === 0 ? -1 : timeOf(this.#head.at(-1)!)
  }

  get uncommittedBytes(): number {
    return this.#entries.uncommittedBytes
  }

  flush(): void {}

  drain(changelog: ChangelogWriter | undefined, batch: StateBatch): void {
    this.observed.save()
    this.least.save()
    this.ahead.save()
    this.#entries.drain(changelog, batch)
  }

  committed(): void {
    this.#entries.committed()
  }

  discard(): void {
    this.#entries.discard()
    this.observed.forget()
    this.least.forget()
    this.ahead.forget()
    this.#lookFrom('')
  }

  restore(change: ChangeBytes, batch: StateWrites): void {
    this.#entries.restore(change, batch)
  }

  /** Reads places ahead; from there on only, where it is elsewhere or there is no room for what lies between. */
  async #lookFor(from: string, until: number): Promise<TimeOrderedEntry<K, V> | undefined> {
    for (;;) {
      if (from < this.#floor || this.#length >= most / 2) this.#lookFrom(from)
      const start = this.#known
      this.#known = end
      let count = 0
      for await (const [key] of this.#entries.entries({ from: Buffer.from(start, 'latin1'), to: Buffer.of(0xff) })) {
        const place = Buffer.from(key).toString('latin1')
        if (place >= end) break
        if (count++ === readAhead) {
          this.#known = place
          break
        }
        this.#head.push(place)
      }
      const found = this.#head[this.#indexOf(from)]
      if (found !== undefined) return this.#entryAt(found, until)
      if (this.#known === end) return undefined
    }
  }

  get #length(): number {
    return this.#head.length - this.#first
  }

  /** Whether it is known without asking that there is no such entry. */
  #lacks(place: string): boolean {
    return place >= this.#floor && place < this.#known && this.#head[this.#indexOf(place)] !== place
  }

  /** The index of the first place that is not below `place`. */
  #indexOf(place: string): number {
    return lowerBound(this.#head, place, this.#first)
  }

  #lookFrom(place: string): void {
    this.#head = []
    this.#first = 0
    this.#floor = place
    this.#known = place
  }

  async #lastOnDisk(): Promise<number> {
    for await (const [key] of this.#entries.entries({ to: Buffer.of(0xff), reverse: true })) {
      if (key[0] !== 0xff) return readInt64(key, 0)
    }
    return -1
  }

  #entryAt(place: string, until: number): TimeOrderedEntry<K, V> | undefined {
    const name = Buffer.from(place, 'latin1')
    const timestamp = readInt64(name, 0)
    if (timestamp > until) return undefined
    const value = this.#value.deserialize(this.#entries.get(name)!)
    return { timestamp, key: this.#key.deserialize(name.subarray(8)), value, place }
  }

  #bytesOf(timestamp: number, key: K): Buffer {
    const keyBytes = this.#key.serialize(key)
    const name = Buffer.allocUnsafe(8 + keyBytes.length)
    writeInt64(timestamp, name, 0)
    name.set(keyBytes, 8)
    return name
  }
}

/** The first place of a time. */
function placeOf(timestamp: number): string {
  return int64Bytes(timestamp).toString('latin1')
}

function timeOf(place: string): number {
  return readInt64(Buffer.from(place.slice(0, 8), 'latin1'), 0)
}
