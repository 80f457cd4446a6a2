import { bytes } from '../serde/bytes.js'
import { readInt64, writeInt64 } from '../serde/int64-bytes.js'
import type { Serde } from '../serde/serde.js'
import { bufferedChangeSerde, type BufferedChange } from './buffered-change.js'
import { createKeyValueStore, type CachedStore } from './cached-store.js'
import type { ChangeBytes, ChangelogWriter, ManagedStore } from './key-value.js'
import { RememberedNumber } from './remembered-number.js'
import type { StateBatch, StateStore, StateWrites } from './state-db.js'
import type { Suffix } from './suffixes.js'
import { createTimeOrderedStore, type TimeOrderedEntry, type TimeOrderedStore } from './time-ordered.js'

export type WaitingChange<K, V> = TimeOrderedEntry<K, BufferedChange<V>>

/** The latest change of each key that waits to be told, by the time at which the first change of the key was put in. */
export interface SuppressBuffer<K, V> {
  /** The stream time of the operator; it outlasts a restart. */
  readonly observed: RememberedNumber
  /** What came to the operator ahead of that; it outlasts a restart, too. */
  readonly ahead: RememberedNumber
  /** Keys that wait. */
  readonly records: number
  /** Of those keys and their changes, about. */
  readonly bytes: number
  /** Keeps a change. A key that waits already keeps its place, and what was known to be told of it. */
  put(time: number, key: K, change: BufferedChange<V>): void
  /** The one that waits longest; of one time, in the order of the keys' bytes. Suspends when it has to look on the disk. */
  first(): WaitingChange<K, V> | undefined | Promise<WaitingChange<K, V> | undefined>
  remove(waiting: WaitingChange<K, V>): void
}

export interface SuppressBufferOptions<K, V> {
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
  readonly db: StateStore
  readonly beside: (suffix: Suffix) => StateStore
  readonly cacheBytes: number
}

/** Such a buffer over a state database. */
export function createSuppressBuffer<K, V>(options: SuppressBufferOptions<K, V>): SuppressBuffer<K, V> & ManagedStore {
  return new ChangesInOrder(options)
}

// The changelog holds two stores: keys that begin with 0 are places in the order (a time, int64), 1 the keys that wait,
// 0xff what is remembered: 0 and 1 by the order, 2 and 3 how many records and bytes wait, 4 the time ahead.
const waitingPrefix = 1
const rememberedPrefix = 0xff
const firstTotal = 2

class ChangesInOrder<K, V> implements SuppressBuffer<K, V>, ManagedStore {
  readonly name: string
  readonly observed: RememberedNumber
  readonly ahead: RememberedNumber
  readonly #key: Serde<K>
  readonly #change: Serde<BufferedChange<V>>
  readonly #order: TimeOrderedStore<K, BufferedChange<V>> & ManagedStore
  /** By key: the time of its place, and its size in bytes. */
  readonly #waiting: CachedStore<Uint8Array, Uint8Array>
  readonly #records: RememberedNumber
  readonly #bytes: RememberedNumber

  constructor({ name, key, value, db, beside, cacheBytes }: SuppressBufferOptions<K, V>) {
    const half = Math.floor(cacheBytes / 2)
    this.name = name
    this.#key = key
    this.#change = bufferedChangeSerde(value)
    this.#order = createTimeOrderedStore({ name, key, value: this.#change, db, cacheBytes: half })
    const waitingDb = beside('~waiting')
    this.#waiting = createKeyValueStore({
      name,
      key: bytes,
      value: bytes,
      db: waitingDb,
      cache: false,
      cacheBytes: half,
    })
    this.observed = this.#order.observed
    this.#records = new RememberedNumber(this.#waiting, firstTotal)
    this.#bytes = new RememberedNumber(this.#waiting, firstTotal + 1)
    this.ahead = new RememberedNumber(this.#waiting, firstTotal + 2)
  }

  get records(): number {
    return Math.max(0, this.#records.value)
  }

  get bytes(): number {
    return Math.max(0, this.#bytes.value)
  }

  put(time: number, key: K, change: BufferedChange<V>): void {
    const name = this.#nameOf(key)
    const waiting = this.#waiting.get(name)
    const place = waiting === undefined ? time : readInt64(waiting, 0)
    const before = waiting === undefined ? 0 : readInt64(waiting, 8)
    const told = waiting === undefined ? change : { ...change, old: this.#order.get(place, key)!.old }
    const size = name.length + this.#change.serialize(told).length + 8
    // A place may be the end of a window, far ahead of the record.
    this.#order.put(place, key, told, told.timestamp)
    const entry = Buffer.allocUnsafe(16)
    writeInt64(place, entry, 0)
    writeInt64(size, entry, 8)
    void this.#waiting.put(name, entry, told.timestamp)
    this.#bytes.value = this.bytes + size - before
    if (waiting === undefined) this.#records.value = this.records + 1
  }

  first(): WaitingChange<K, V> | undefined | Promise<WaitingChange<K, V> | undefined> {
    return this.#order.next()
  }

  remove({ timestamp, key, value }: WaitingChange<K, V>): void {
    const name = this.#nameOf(key)
    const size = readInt64(this.#waiting.get(name)!, 8)
    this.#order.delete(timestamp, key, value.timestamp)
    void this.#waiting.put(name, null, value.timestamp)
    this.#bytes.value = this.bytes - size
    this.#records.value = this.records - 1
  }

  get uncommittedBytes(): number {
    return this.#order.uncommittedBytes + this.#waiting.uncommittedBytes
  }

  flush(): void {}

  drain(changelog: ChangelogWriter | undefined, batch: StateBatch): void {
    this.#records.save(this.observed.value)
    this.#bytes.save(this.observed.value)
    this.ahead.save()
    this.#order.drain(changelog, batch)
    this.#waiting.drain(changelog, batch)
  }

  committed(): void {
    this.#order.committed()
    this.#waiting.committed()
  }

  discard(): void {
    this.#order.discard()
    this.#waiting.discard()
    this.#records.forget()
    this.#bytes.forget()
    this.ahead.forget()
  }

  restore(change: ChangeBytes, batch: StateWrites): void {
    const { buffer, keyStart } = change
    const kind = buffer[keyStart]
    const ofWaiting = kind === waitingPrefix || (kind === rememberedPrefix && buffer[keyStart + 1]! >= firstTotal)
    const store = ofWaiting ? this.#waiting : this.#order
    store.restore(change, batch)
  }

  #nameOf(key: K): Buffer {
    return Buffer.concat([Buffer.of(waitingPrefix), this.#key.serialize(key)])
  }
}
