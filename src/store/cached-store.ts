import { SluiceError } from '../errors.js'
import type { Serde } from '../serde/serde.js'
import { Arena } from './arena.js'
import { KeyCodec } from './key-codec.js'
import type { ChangeListener, ChangelogWriter, KeyValueStore, ManagedStore } from './key-value.js'
import { Entry, Layers, type Held, type Slot } from './layers.js'
import { mergedEntries } from './merged-entries.js'
import type { StateBatch, StateRange, StateStore } from './state-db.js'
import { stamp, timestampBytes, timestampOf } from './stored.js'
import { ValueCodec } from './value-codec.js'

export interface KeyValueStoreOptions<K, V> {
  /** What operators and messages call it. */
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
  /** Where it lies; batches are written to the store of that name. */
  readonly db: StateStore
  /** Set where nobody changes an object that was a key once: the one of the last look-up is then known by itself. */
  readonly keysStay?: boolean
  /** Whether changes are held back from the listener until `flush`, one for each key. */
  readonly cache: boolean
  /** About how many bytes of committed entries may stay in memory, at least 64 KiB. 10 MiB where left out. */
  readonly cacheBytes?: number
}

/** What `createKeyValueStore` gives: the store as operators and as the runtime see it. */
export interface CachedStore<K, V> extends KeyValueStore<K, V>, ManagedStore {
  /** Fetches the entries of keys that are about to be read, so that the reads find them in memory. */
  prefetch(keys: readonly K[]): Promise<void>
  /** Whether the key has a value, which is not read for it. */
  has(key: K): boolean
  /** Deletes without a word to the listener: what has expired is no change of a table. */
  drop(key: K): void
}

/** Beside its slot and value, about what an entry takes: the object, its places in a map and in a list. */
const entryBytes = 200
const noKey = Symbol('no key')

/**
 * A key-value store over a state database, with a cache in front of it that writes back: reads and writes are synchronous
 * and in memory, until `drain` hands the changes over.
 *
 * @example
 * const counts = createKeyValueStore({ name: 'counts', key: string, value: long, db: db.store('counts'), cache: true })
 * counts.put('a', (counts.get('a') ?? 0) + 1, timestamp)
 */
export function createKeyValueStore<K, V>(options: KeyValueStoreOptions<K, V>): CachedStore<K, V> {
  return new CachedKeyValueStore(options)
}

class CachedKeyValueStore<K, V> implements CachedStore<K, V> {
  readonly name: string
  timestamp = -1
  readonly #db: StateStore
  readonly #cache: boolean
  readonly #keys: KeyCodec<K>
  readonly #values: ValueCodec<V>
  readonly #layers: Layers
  readonly #direct: boolean
  readonly #keysStay: boolean
  #listener: ChangeListener<K, V> | undefined
  /** The entry of the last look-up: an operator that gets a key mostly puts it next. */
  #lastSlot: unknown = noKey
  #last: Entry | undefined
  #lastKey: unknown = noKey

  constructor({ name, key, value, db, cache, cacheBytes = 10 << 20, keysStay = false }: KeyValueStoreOptions<K, V>) {
    this.name = name
    this.#db = db
    this.#cache = cache
    this.#keys = new KeyCodec(key)
    this.#values = new ValueCodec(value)
    this.#layers = new Layers(cacheBytes)
    this.#direct = this.#keys.direct
    this.#keysStay = keysStay
  }

  get uncommittedBytes(): number {
    return this.#layers.uncommittedBytes
  }

  get(key: K): V | undefined {
    const entry = this.#entry(key)
    return this.#answer(entry.value, entry.timestamp)
  }

  told(key: K): V | undefined {
    const entry = this.#entry(key)
    return entry.untold ? this.#answer(entry.told, entry.toldTimestamp) : this.#answer(entry.value, entry.timestamp)
  }

  put(key: K, value: V | null, timestamp: number): void | Promise<void> {
    const entry = this.#entry(key)
    const former = entry.value
    if (value === null && former === null) return undefined
    if (this.#listener === undefined) return this.#write(entry, value, timestamp)
    if (this.#cache) {
      // Held back first: what the listener knows must not be written over.
      const mine = value === null ? null : this.#values.hold(value, timestamp, this.#reusable(entry))
      this.#layers.holdBack(entry)
      return this.#set(entry, mine, timestamp)
    }
    const old = former === null ? null : this.#values.read(former)
    this.#write(entry, value, timestamp)
    return this.#listener(key, value, timestamp, old)
  }

  has(key: K): boolean {
    return this.#entry(key).value !== null
  }

  drop(key: K): void {
    const entry = this.#entry(key)
    if (entry.value !== null) this.#set(entry, null, entry.timestamp)
  }

  listen(listener: ChangeListener<K, V>): void {
    if (this.#listener !== undefined) {
      throw new SluiceError('BAD_TOPOLOGY', 'a store tells one listener only', { place: { store: this.name } })
    }
    this.#listener = listener
  }

  flush(): void | Promise<void> {
    // A listener may write to this store, or flush it: the queue is asked again after each call.
    for (let entry = this.#layers.nextUntold(); entry !== undefined; entry = this.#layers.nextUntold()) {
      const result = this.#tell(entry)
      if (result !== undefined) return result.then(() => this.flush())
    }
    return undefined
  }

  drain(changelog: ChangelogWriter | undefined, batch: StateBatch): void {
    const arena = new Arena()
    const store = this.#db.name
    for (const entry of this.#layers.drain()) {
      const key = this.#keys.keep(entry.slot, arena)
      if (entry.value === null) {
        changelog?.(key, null, entry.timestamp)
        batch.delete(store, key)
      } else {
        const stored = this.#values.stored(entry.value, entry.timestamp, arena)
        changelog?.(key, stored.subarray(timestampBytes), entry.timestamp)
        batch.put(store, key, stored)
      }
    }
  }

  committed(): void {
    this.#layers.committed()
  }

  discard(): void {
    this.#layers.clear()
    this.#forgetLast()
    this.timestamp = -1
  }

  restore(key: Uint8Array, value: Uint8Array | null, timestamp: number, batch: StateBatch): void {
    if (value === null) return batch.delete(this.#db.name, key)
    const stored = Buffer.allocUnsafe(timestampBytes + value.length)
    stamp(stored, timestamp)
    stored.set(value, timestampBytes)
    batch.put(this.#db.name, key, stored)
  }

  entries(
    range: { readonly from?: K; readonly to?: K; readonly reverse?: boolean } = {},
  ): AsyncIterable<readonly [K, V]> {
    const reverse = range.reverse === true
    const bounds: { -readonly [P in keyof StateRange]: StateRange[P] } = { reverse }
    if (range.from !== undefined) bounds.gte = this.#bytesOf(range.from)
    if (range.to !== undefined) bounds.lt = justAfter(this.#bytesOf(range.to))
    const newer = this.#newerThanDatabase(bounds)
    const merged = mergedEntries(
      this.#db.entries(bounds),
      newer,
      reverse,
      stored => this.#values.fromStored(stored),
      (held: NonNullable<Held>) => this.#values.read(held),
    )
    return this.#withKeys(merged)
  }

  async prefetch(keys: readonly K[]): Promise<void> {
    const slots = [...new Set(keys.map(key => this.#keys.slot(key)))].filter(
      slot => this.#layers.find(slot) === undefined,
    )
    this.#forgetLast()
    if (slots.length === 0) return
    const { version } = this.#layers
    const found = await this.#db.getMany(slots.map(slot => Buffer.from(this.#keys.bytes(slot))))
    // A commit in between may have made what was found old: then the reads ask the database themselves.
    if (version !== this.#layers.version) return
    slots.forEach((slot, i) => {
      if (this.#layers.find(slot) === undefined) this.#insert(slot, found[i])
    })
    this.#forgetLast()
  }

  #entry(key: K): Entry {
    // An object may have changed since the last look-up; its bytes tell.
    if (this.#keysStay) {
      if (key === this.#lastKey) return this.#last!
      this.#lastKey = key
    }
    const wanted: unknown = this.#direct ? key : this.#keys.slot(key)
    if (wanted === this.#lastSlot) return this.#last!
    const entry = this.#layers.find(wanted as Slot) ?? this.#load(key)
    this.#lastSlot = entry.slot
    return (this.#last = entry)
  }

  #load(key: K): Entry {
    const slot = this.#keys.slot(key)
    return this.#layers.find(slot) ?? this.#insert(slot, this.#db.get(this.#keys.bytes(slot)))
  }

  #insert(slot: Slot, stored: Uint8Array | undefined): Entry {
    const held = stored === undefined ? null : this.#values.load(stored)
    const timestamp = stored === undefined ? -1 : timestampOf(stored)
    const entry = new Entry(slot, held, timestamp, entryBytes + sizeOf(slot) + sizeOf(held))
    this.#layers.add(entry)
    return entry
  }

  #answer(held: Held, timestamp: number): V | undefined {
    if (held === null) {
      this.timestamp = -1
      return undefined
    }
    this.timestamp = timestamp
    return this.#values.read(held)
  }

  #write(entry: Entry, value: V | null, timestamp: number): void {
    const held = value === null ? null : this.#values.hold(value, timestamp, this.#reusable(entry))
    this.#set(entry, held, timestamp)
  }

  #set(entry: Entry, held: Held, timestamp: number): void {
    const former = entry.value
    entry.value = held
    entry.timestamp = timestamp
    this.#layers.changed(entry)
    if (typeof held !== 'number' || typeof former !== 'number') {
      const by = sizeOf(held) - sizeOf(former)
      if (by !== 0) this.#layers.resized(entry, by)
    }
  }

  /** The bytes of the entry's value where nothing but the entry holds them: no drain, nor what the listener last heard. */
  #reusable(entry: Entry): Held {
    const toldApart = entry.untold || !this.#cache || this.#listener === undefined
    return toldApart && entry.inFlight === 0 ? entry.value : null
  }

  #tell(entry: Entry): void | Promise<void> {
    const { value, timestamp, told } = entry
    entry.untold = false
    entry.told = null
    if (value === null && told === null) return undefined
    const now = value === null ? null : this.#values.read(value)
    const old = told === null ? null : this.#values.read(told)
    return this.#listener!(this.#keys.key(entry.slot), now, timestamp, old)
  }

  #bytesOf(key: K): Buffer {
    return Buffer.from(this.#keys.bytes(this.#keys.slot(key)))
  }

  /** Copies of what the database does not have yet, in the order of the range. */
  #newerThanDatabase(range: StateRange): (readonly [Buffer, Held])[] {
    const newer: (readonly [Buffer, Held])[] = []
    for (const { slot, value } of this.#layers.notInDatabase()) {
      const bytes = this.#keys.bytes(slot)
      if (range.gte !== undefined && Buffer.compare(bytes, range.gte) < 0) continue
      if (range.lt !== undefined && Buffer.compare(bytes, range.lt) >= 0) continue
      newer.push([Buffer.from(bytes), Buffer.isBuffer(value) ? Buffer.from(value) : value])
    }
    return newer.sort(range.reverse === true ? ([a], [b]) => Buffer.compare(b, a) : ([a], [b]) => Buffer.compare(a, b))
  }

  async *#withKeys(entries: AsyncIterable<readonly [Uint8Array, V]>): AsyncGenerator<readonly [K, V]> {
    for await (const [key, value] of entries) yield [this.#keys.fromBytes(key), value]
  }

  #forgetLast(): void {
    this.#lastSlot = noKey
    this.#lastKey = noKey
    this.#last = undefined
  }
}

function sizeOf(held: Held): number {
  if (typeof held === 'string') return held.length
  return Buffer.isBuffer(held) ? held.length : 0
}

/** The smallest bytes above these. */
function justAfter(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(1)])
}
