import { SluiceError } from '../errors.js'
import { asBuffer } from '../serde/buffer.js'
import { copyBytes } from '../serde/copy-bytes.js'
import { directReader, type DirectReader } from '../serde/direct.js'
import type { Serde } from '../serde/serde.js'
import type { UnreadBytes } from '../serde/unread.js'
import { Entries } from './entries.js'
import { EntryValues } from './entry-values.js'
import { KeyLookup, type KnownKeys } from './key-lookup.js'
import type {
  ChangeBytes,
  ChangeListener,
  ChangelogWriter,
  FetchesAhead,
  FindsByBytes,
  Hearing,
  KeyValueStore,
  ManagedStore,
  Undo,
} from './key-value.js'
import { mergedEntries } from './merged-entries.js'
import { newerEntries, newerKeys } from './newer-entries.js'
import type { StateBatch, StateRange, StateStore, StateWrites } from './state-db.js'
import { stamp, timestampBytes, timestampOf } from './stored.js'
import { Telling } from './telling.js'

export interface KeyValueStoreOptions<K, V> {
  /** What operators and messages call it. */
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
  /** Where it lies; batches are written to the store of that name. */
  readonly db: StateStore
  /** Set where keys are objects that nobody changes: those of the last look-ups are then known by themselves. */
  readonly keysStay?: boolean
  /** Whether changes are held back from the listener until `flush`, one for each key. */
  readonly cache: boolean
  /** Says what keys the database may hold, and is told of those that get a value. Everything, where left out. */
  readonly known?: KnownKeys | undefined
  /** About how many bytes of committed entries may stay in memory, at least 64 KiB. 10 MiB where left out. */
  readonly cacheBytes?: number
}

/** What `createKeyValueStore` gives: the store as operators and as the runtime see it. */
export interface CachedStore<K, V> extends KeyValueStore<K, V>, ManagedStore, FetchesAhead, FindsByBytes {
  /** Whether the key has a value, which is not read for it. */
  has(key: K): boolean
  /** To be called before a put where the key is known to have no value: the database is not asked then. */
  lacks(key: K): void
  /** Deletes the key in `buffer[start, end)` without a word to the listener: what has expired is no change of a table. */
  drop(buffer: Buffer, start: number, end: number): void
  /** @throws Unstorable for a value that cannot be kept */
  check(value: V): void
  /**
   * Whether the key in `buffer[start, end)` has a value, which then lies in `found[foundStart, foundEnd)` until the next call.
   */
  look(buffer: Buffer, start: number, end: number): boolean
  readonly found: Buffer
  readonly foundStart: number
  readonly foundEnd: number
  /** Puts the value in `values[0, valueEnd)` under the key in `keys[start, end)`, without a word to the listener. */
  putBytes(keys: Buffer, start: number, end: number, values: Buffer, valueEnd: number, timestamp: number): void
  /**
   * Deletes at most `most` keys from `from` (inclusive) to `to` (exclusive), without a word to the listener. Answers with
   * which one to go on; nothing when none is left.
   *
   * @param each gets the keys that are deleted
   */
  deleteRange(
    from: Buffer,
    to: Buffer,
    most: number,
    timestamp: number,
    each?: (key: Buffer) => void,
  ): Promise<Buffer | undefined>
}

const noBytes = Buffer.alloc(0)
/** Most keys that are looked up and not there are put next, but not all. */
const mostRoom = 64

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

/**
 * Over the entries in memory: which one a key has (`KeyLookup`), what its value is (`EntryValues`), and who hears of its
 * changes (`Telling`).
 */
class CachedKeyValueStore<K, V> implements CachedStore<K, V> {
  readonly name: string
  readonly #db: StateStore
  readonly #holdsBack: boolean
  readonly #readKey: DirectReader<K>
  readonly #entries: Entries
  readonly #keys: KeyLookup<K>
  readonly #values: EntryValues<V>
  /** Set where anybody listens. */
  #telling: Telling<K, V> | undefined
  /** The value that was restored last, as the database has it. */
  #restored: Buffer = noBytes

  constructor({
    name,
    key,
    value,
    db,
    cache,
    cacheBytes = 10 << 20,
    keysStay = false,
    known,
  }: KeyValueStoreOptions<K, V>) {
    this.name = name
    this.#db = db
    this.#holdsBack = cache
    this.#readKey = directReader(key)
    const entries = (this.#entries = new Entries(cacheBytes))
    this.#keys = new KeyLookup({ name, key, db, entries, keysStay, known })
    this.#values = new EntryValues(entries, value, name, cacheBytes >> 3)
  }

  findsKeysOf(record: { readonly unread: UnreadBytes | undefined }): void {
    this.#keys.keysOf(record)
  }

  get timestamp(): number {
    return this.#values.timestamp
  }

  get lookups(): number {
    return this.#keys.lookups
  }

  get databaseReads(): number {
    return this.#keys.databaseReads
  }

  get memoryBytes(): number {
    return this.#entries.bytes
  }

  warm(keys: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    this.#entries.warmKeys(keys, starts, ends, count)
  }

  prefetch(keys: readonly Uint8Array[]): Promise<void> {
    return this.#keys.prefetch(keys)
  }

  get uncommittedBytes(): number {
    return this.#entries.uncommittedBytes + (this.#telling?.heldBytes ?? 0)
  }

  get(key: K): V | undefined {
    return this.#values.answer(this.#keys.entry(key))
  }

  told(key: K): V | undefined {
    const id = this.#keys.entry(key)
    if (!this.#entries.isUntold(id)) return this.#values.answer(id)
    if (!this.#telling!.keepsTold) throw new Error(`nobody said that the store ${this.name} is asked for what was told`)
    return this.#values.answerTold(id)
  }

  put(key: K, value: V | null, timestamp: number, read?: UnreadBytes): void | Promise<void> {
    const entries = this.#entries
    const keys = this.#keys
    const values = this.#values
    const telling = this.#telling
    const isSame = value !== null && read === undefined && this.#isNewest(key, value)
    // Before anything is changed: it may throw.
    const length = value === null ? -1 : isSame ? 0 : values.lengthOf(value, read)
    const id = length >= 0 && telling === undefined ? keys.entryToWrite(key) : keys.entry(key)
    const wasPresent = entries.isPresent(id)
    if (length < 0 && !wasPresent) return undefined
    if (length > 0) keys.room = Math.min(length, mostRoom)
    const tells = telling !== undefined && !telling.holdsBack
    const old = tells ? telling.oldOf(id) : undefined
    // What the listener knows must not be written over.
    if (telling !== undefined && telling.holdsBack) telling.hold(id)
    if (isSame) entries.touch(id, timestamp)
    else if (value === null) values.remove(id, timestamp)
    else {
      values.set(id, value, length, timestamp, read)
      if (!wasPresent) keys.isNew(id)
    }
    return tells ? telling.tell(key, id, value, timestamp, old) : undefined
  }

  undoOf(key: K): Undo {
    const entries = this.#entries
    const id = this.#keys.entry(key)
    const bytes = entries.buffer(id)
    const [start, middle, end] = [entries.keyStart(id), entries.keyEnd(id), entries.valueEnd(id)]
    // As bytes: whoever has the key or the value may change it.
    const name = Buffer.from(bytes.subarray(start, middle))
    if (end < 0) return () => this.drop(name, 0, name.length)
    const timestamp = timestampOf(bytes, middle)
    const value = Buffer.from(bytes.subarray(middle + timestampBytes, end))
    return () => this.putBytes(name, 0, name.length, value, value.length, timestamp)
  }

  has(key: K): boolean {
    return this.#entries.isPresent(this.#keys.entry(key))
  }

  lacks(key: K): void {
    this.#keys.entryToWrite(key, true)
  }

  drop(buffer: Buffer, start: number, end: number): void {
    this.#keys.forgetLast()
    const id = this.#keys.idOf(buffer, start, end)
    if (this.#entries.isPresent(id)) this.#values.remove(id, this.#entries.timestamp(id))
  }

  check(value: V): void {
    this.#values.lengthOf(value, undefined)
  }

  found: Buffer = noBytes
  foundStart = 0
  foundEnd = 0

  look(buffer: Buffer, start: number, end: number): boolean {
    const entries = this.#entries
    this.#keys.forgetLast()
    const id = this.#keys.idOf(buffer, start, end)
    if (!entries.isPresent(id)) return false
    this.found = entries.buffer(id)
    this.foundStart = entries.keyEnd(id) + timestampBytes
    this.foundEnd = entries.valueEnd(id)
    return true
  }

  putBytes(keys: Buffer, start: number, end: number, values: Buffer, valueEnd: number, timestamp: number): void {
    this.#keys.forgetLast()
    const found = this.#entries.find(keys, start, end)
    const id = found >= 0 ? found : this.#entries.addUnread(keys, start, end, valueEnd)
    this.#values.setBytes(id, values, valueEnd, timestamp)
  }

  async deleteRange(
    from: Buffer,
    to: Buffer,
    most: number,
    timestamp: number,
    each?: (key: Buffer) => void,
  ): Promise<Buffer | undefined> {
    const range = { gte: from, lt: to }
    // Both as they are now: what is committed meanwhile is among the newer ones.
    const newer = newerKeys(this.#entries, range)
    const older = this.#db.entries(range)
    let deleted = 0
    let next: Buffer | undefined
    for await (const [key] of older) {
      if (deleted >= most) {
        next = Buffer.from(key)
        break
      }
      if (!this.#delete(key, timestamp)) continue
      deleted++
      each?.(asBuffer(key))
    }
    for (const key of newer) {
      if ((next === undefined || Buffer.compare(key, next) < 0) && this.#delete(key, timestamp)) each?.(key)
    }
    return next
  }

  listen(listener: ChangeListener<K, V>, hearing?: Hearing): void {
    if (this.#telling !== undefined) {
      throw new SluiceError('BAD_TOPOLOGY', 'a store tells one listener only', { place: { store: this.name } })
    }
    if (hearing?.anybody === false) return
    const of = { entries: this.#entries, readKey: this.#readKey, values: this.#values, holdsBack: this.#holdsBack }
    this.#telling = new Telling(of, listener, hearing)
  }

  flush(): void | Promise<void> {
    return this.#telling?.flush()
  }

  drain(changelog: ChangelogWriter | undefined, batch: StateBatch): void {
    const entries = this.#entries
    const store = this.#db.name
    this.#keys.forgetLast()
    entries.drain(id => {
      const bytes = entries.buffer(id)
      const [start, middle, end] = [entries.keyStart(id), entries.keyEnd(id), entries.valueEnd(id)]
      const timestamp = timestampOf(bytes, middle)
      changelog?.(bytes, start, middle, middle + timestampBytes, end, timestamp)
      if (end < 0) batch.deleteSlice(store, bytes, start, middle)
      else batch.putSlices(store, bytes, start, middle, bytes, middle, end)
    })
  }

  committed(): void {
    this.#entries.committed()
  }

  discard(): void {
    this.#entries.clear()
    this.#telling?.discard()
    this.#keys.forgetLast()
    this.#values.timestamp = -1
  }

  restore(change: ChangeBytes, batch: StateWrites): void {
    const { buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp } = change
    if (valueEnd < 0) return batch.deleteSlice(this.#db.name, buffer, keyStart, keyEnd)
    const length = timestampBytes + valueEnd - valueStart
    if (this.#restored.length < length) this.#restored = Buffer.allocUnsafeSlow(length * 2)
    stamp(this.#restored, 0, timestamp)
    copyBytes(this.#restored, timestampBytes, buffer, valueStart, valueEnd)
    batch.putSlices(this.#db.name, buffer, keyStart, keyEnd, this.#restored, 0, length)
  }

  entries(
    range: { readonly from?: K; readonly to?: K; readonly reverse?: boolean } = {},
  ): AsyncIterable<readonly [K, V]> {
    const reverse = range.reverse === true
    const bounds: { -readonly [P in keyof StateRange]: StateRange[P] } = { reverse }
    if (range.from !== undefined) bounds.gte = this.#keys.bytesOf(range.from)
    if (range.to !== undefined) bounds.lt = justAfter(this.#keys.bytesOf(range.to))
    const newer = newerEntries(this.#entries, bounds)
    const read = (stored: Uint8Array): V => this.#values.ofStored(asBuffer(stored))
    return this.#withKeys(mergedEntries(this.#db.entries(bounds), newer, reverse, read))
  }

  /** Whether writing a value would change nothing but the time; found out only for a key that was just asked for. */
  #isNewest(key: K, value: V): boolean {
    if (!this.#values.keepsDecoded) return false
    const id = this.#keys.last(key)
    return id >= 0 && this.#values.isNewest(id, value)
  }

  /** Deletes what the database has, unless that is done. Answers whether it was not. */
  #delete(key: Uint8Array, timestamp: number): boolean {
    let id = this.#entries.find(key, 0, key.length)
    if (id < 0) id = this.#entries.addUnread(key, 0, key.length)
    else if (!this.#entries.isPresent(id)) return false
    this.#keys.forgetLast()
    this.#values.remove(id, timestamp)
    return true
  }

  async *#withKeys(entries: AsyncIterable<readonly [Uint8Array, V]>): AsyncGenerator<readonly [K, V]> {
    for await (const [key, value] of entries) yield [this.#readKey(asBuffer(key), 0, key.length), value]
  }
}

/** The smallest bytes above these. */
function justAfter(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(1)])
}
