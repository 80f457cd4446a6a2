import { SluiceError } from '../errors.js'
import { asBuffer } from '../serde/buffer.js'
import { copyBytes } from '../serde/copy-bytes.js'
import { directReader, type DirectReader } from '../serde/direct.js'
import type { Serde } from '../serde/serde.js'
import { readLatin1 } from '../serde/text.js'
import { unread, type UnreadBytes } from '../serde/unread.js'
import { readFailure } from '../serde/failure.js'
import { DecodedValues } from './decoded-values.js'
import { Entries, type EntryId } from './entries.js'
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
import { RecentKeys } from './recent-keys.js'
import { Scratch } from './scratch.js'
import type { StateBatch, StateRange, StateStore, StateWrites } from './state-db.js'
import { stamp, timestampBytes, timestampOf } from './stored.js'
import { ToldBytes } from './told-bytes.js'

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

/** Keys as bytes, in `bytes[start, end)`. */
interface KnownKeys {
  /** Never wrongly false. */
  mayHold(bytes: Buffer, start: number, end: number): boolean
  add(bytes: Buffer, start: number, end: number): void
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

const noKey = Symbol('no key')
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

class CachedKeyValueStore<K, V> implements CachedStore<K, V> {
  readonly name: string
  timestamp = -1
  databaseReads = 0
  lookups = 0
  readonly #db: StateStore
  readonly #cache: boolean
  readonly #keys: Scratch<K>
  readonly #values: Scratch<V>
  readonly #readKey: DirectReader<K>
  readonly #readValue: DirectReader<V>
  readonly #entries: Entries
  readonly #recent: RecentKeys | undefined
  readonly #knownKeys: KnownKeys | undefined
  /** Where its serde can copy values. */
  readonly #decoded: DecodedValues<V> | undefined
  #listener: ChangeListener<K, V> | undefined
  #hearing: Hearing | undefined
  /** Whether anybody asks for what was told before a change. */
  #keepsTold = true
  /** Set where the listener does not look at all of a change. */
  #toldBytes: ToldBytes | undefined
  /** The key of the last look-up and its entry: an operator that gets a key mostly puts it next. */
  #lastKey: unknown = noKey
  #last: EntryId = -1
  /** Where the last key lies, if it was not read. */
  #lastBytes: UnreadBytes | undefined
  #lastStart = -1
  /** Whose key is meant by one that was not read. */
  #record: { readonly unread: UnreadBytes | undefined } | undefined
  /** The value that was restored last, as the database has it. */
  #restored: Buffer = noBytes
  /** Bytes of the value that was put last: a new one is likely to take as many. */
  #room = 0

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
    this.#cache = cache
    this.#keys = new Scratch(key, name)
    this.#values = new Scratch(value, name)
    this.#readKey = directReader(key)
    this.#readValue = named(directReader(value), name)
    this.#entries = new Entries(cacheBytes)
    const { copies } = value
    this.#decoded = copies && new DecodedValues(this.#entries, copies, cacheBytes >> 3)
    this.#knownKeys = known
    this.#recent = keysStay ? new RecentKeys(this.#entries) : undefined
  }

  findsKeysOf(record: { readonly unread: UnreadBytes | undefined }): void {
    this.#record = record
  }

  get memoryBytes(): number {
    return this.#entries.bytes
  }

  warm(keys: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    this.#entries.warmKeys(keys, starts, ends, count)
  }

  get uncommittedBytes(): number {
    return this.#entries.uncommittedBytes
  }

  get(key: K): V | undefined {
    return this.#answerNewest(this.#entry(key))
  }

  told(key: K): V | undefined {
    const entries = this.#entries
    const id = this.#entry(key)
    if (!entries.isUntold(id)) return this.#answerNewest(id)
    if (!this.#keepsTold) throw new Error(`nobody said that the store ${this.name} is asked for what was told`)
    return this.#answer(entries.toldBuffer, entries.toldStart(id), entries.toldEnd(id))
  }

  put(key: K, value: V | null, timestamp: number, read?: UnreadBytes): void | Promise<void> {
    const entries = this.#entries
    const isSame = value !== null && read === undefined && this.#isNewest(key, value)
    // Before anything is changed: it may throw.
    const length = value === null ? -1 : isSame ? 0 : this.#lengthOf(value, read)
    const id = length >= 0 && this.#listener === undefined ? this.#entryToWrite(key) : this.#entry(key)
    if (length < 0 && !entries.isPresent(id)) return undefined
    if (length > 0) this.#room = Math.min(length, mostRoom)
    const tells = this.#listener !== undefined && !this.#cache
    const old = tells && this.#hearing?.old !== false ? this.#newest(id) : undefined
    // What the listener knows must not be written over.
    if (this.#listener !== undefined && this.#cache) entries.holdBack(id, this.#keepsTold)
    if (isSame) entries.touch(id, timestamp)
    else if (value === null) this.#remove(id, timestamp)
    else this.#set(id, value, length, timestamp, read)
    return tells ? this.#listener!(this.#toldKey(key, id), value, timestamp, old) : undefined
  }

  undoOf(key: K): Undo {
    const entries = this.#entries
    const id = this.#entry(key)
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
    return this.#entries.isPresent(this.#entry(key))
  }

  lacks(key: K): void {
    this.#entryToWrite(key)
  }

  drop(buffer: Buffer, start: number, end: number): void {
    this.#forgetLast()
    const id = this.#idOf(buffer, start, end)
    if (this.#entries.isPresent(id)) this.#remove(id, this.#entries.timestamp(id))
  }

  check(value: V): void {
    this.#values.write(value)
  }

  found: Buffer = noBytes
  foundStart = 0
  foundEnd = 0

  look(buffer: Buffer, start: number, end: number): boolean {
    const entries = this.#entries
    this.#forgetLast()
    const id = this.#idOf(buffer, start, end)
    if (!entries.isPresent(id)) return false
    this.found = entries.buffer(id)
    this.foundStart = entries.keyEnd(id) + timestampBytes
    this.foundEnd = entries.valueEnd(id)
    return true
  }

  putBytes(keys: Buffer, start: number, end: number, values: Buffer, valueEnd: number, timestamp: number): void {
    this.#forgetLast()
    const found = this.#entries.find(keys, start, end)
    const id = found >= 0 ? found : this.#entries.add(keys, start, end, undefined, valueEnd)
    this.#entries.set(id, values, 0, valueEnd, timestamp)
    this.#decoded?.forget(id)
  }

  async deleteRange(
    from: Buffer,
    to: Buffer,
    most: number,
    timestamp: number,
    each?: (key: Buffer) => void,
  ): Promise<Buffer | undefined> {
    // Both as they are now: what is committed meanwhile is among the newer ones.
    const newer = this.#presentAndNewer(from, to)
    const older = this.#db.entries({ gte: from, lt: to })
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
    if (this.#listener !== undefined) {
      throw new SluiceError('BAD_TOPOLOGY', 'a store tells one listener only', { place: { store: this.name } })
    }
    if (hearing?.anybody === false) return
    this.#listener = listener
    this.#hearing = hearing
    this.#keepsTold = hearing?.old !== false
    if (hearing?.key === false || hearing?.value === false) this.#toldBytes = new ToldBytes(this.#entries)
  }

  flush(): void | Promise<void> {
    // A listener may write to this store, or flush it: the queue is asked again after each call.
    for (let id = this.#entries.nextUntold(); id >= 0; id = this.#entries.nextUntold()) {
      const result = this.#tell(id)
      if (result !== undefined) return result.then(() => this.flush())
    }
    return undefined
  }

  drain(changelog: ChangelogWriter | undefined, batch: StateBatch): void {
    const entries = this.#entries
    const store = this.#db.name
    this.#forgetLast()
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
    this.#forgetLast()
    this.timestamp = -1
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
    if (range.from !== undefined) bounds.gte = this.#bytesOf(range.from)
    if (range.to !== undefined) bounds.lt = justAfter(this.#bytesOf(range.to))
    const newer = this.#newerThanDatabase(bounds)
    const read = (stored: Uint8Array): V => this.#readValue(asBuffer(stored), timestampBytes, stored.length)
    return this.#withKeys(mergedEntries(this.#db.entries(bounds), newer, reverse, read))
  }

  async prefetch(keys: readonly Uint8Array[]): Promise<void> {
    const entries = this.#entries
    // A hot key that is new comes many times.
    const wanted = new Map<string, Uint8Array>()
    for (const key of keys) {
      if (entries.find(key, 0, key.length) < 0) wanted.set(readLatin1(asBuffer(key), 0, key.length), key)
    }
    if (wanted.size === 0) return
    const missing = [...wanted.values()]
    this.databaseReads += missing.length
    const { version } = entries
    const found = await this.#db.getMany(missing)
    // A commit in between may have made what was found old: then the reads ask the database themselves.
    if (version !== entries.version) return
    this.#forgetLast()
    missing.forEach((key, i) => {
      const stored = found[i]
      if (entries.find(key, 0, key.length) >= 0) return
      entries.add(key, 0, key.length, stored, stored === undefined ? this.#room : 0)
    })
  }

  #entry(key: K): EntryId {
    const known = this.#known(key)
    if (known >= 0) return known
    if ((key as unknown) === unread) {
      const { buffer, keyStart, keyEnd } = this.#record!.unread!
      return this.#note(key, this.#idOf(buffer, keyStart, keyEnd))
    }
    const length = this.#keys.write(key)
    return this.#note(key, this.#idOf(this.#keys.buffer, 0, length))
  }

  /** Whether writing a value would change nothing but the time; found out only for a key that was just asked for. */
  #isNewest(key: K, value: V): boolean {
    if (this.#decoded === undefined) return false
    const id = this.#known(key)
    return id >= 0 && this.#entries.isPresent(id) && this.#decoded.isSame(id, value)
  }

  /** The entry of a key whose former value does not matter: the database is not asked for it. */
  #entryToWrite(key: K): EntryId {
    const known = this.#known(key)
    if (known >= 0) return known
    if ((key as unknown) === unread) {
      const { buffer, keyStart, keyEnd } = this.#record!.unread!
      return this.#note(key, this.#idToWrite(buffer, keyStart, keyEnd))
    }
    const length = this.#keys.write(key)
    return this.#note(key, this.#idToWrite(this.#keys.buffer, 0, length))
  }

  #idToWrite(buffer: Buffer, start: number, end: number): EntryId {
    this.lookups++
    const found = this.#entries.find(buffer, start, end)
    return found >= 0 ? found : this.#entries.add(buffer, start, end, undefined, this.#room)
  }

  /** The entry of a key of the last look-ups; -1 where it is none, or is not known as one. */
  #known(key: K): EntryId {
    if (this.#recent !== undefined) return this.#recent.find(key)
    return key === this.#lastKey && this.#isSame(key) ? this.#last : -1
  }

  #note(key: K, id: EntryId): EntryId {
    if (this.#recent === undefined) {
      this.#lastKey = key
      this.#last = id
      if ((key as unknown) === unread) {
        const bytes = this.#record!.unread!
        this.#lastBytes = bytes
        this.#lastStart = bytes.keyStart
      }
    } else this.#recent.note(key, id)
    return id
  }

  /** The entry of a key, read from the database where it is not in memory. */
  #idOf(buffer: Buffer, start: number, end: number): EntryId {
    this.lookups++
    const id = this.#entries.find(buffer, start, end)
    if (id >= 0) return id
    if (this.#knownKeys?.mayHold(buffer, start, end) === false) {
      return this.#entries.add(buffer, start, end, undefined, this.#room)
    }
    this.databaseReads++
    return this.#entries.add(buffer, start, end, this.#db.get(buffer.subarray(start, end)), this.#room)
  }

  /** How many bytes the value takes, which then lie in `#values` unless they were read. */
  #lengthOf(value: V, read: UnreadBytes | undefined): number {
    return read === undefined ? this.#values.write(value) : read.valueEnd - read.valueStart
  }

  #set(id: EntryId, value: V, length: number, timestamp: number, read: UnreadBytes | undefined): void {
    const entries = this.#entries
    const wasPresent = entries.isPresent(id)
    if (read === undefined) {
      entries.set(id, this.#values.buffer, 0, length, timestamp)
      this.#decoded?.meet(id, value, length)
    } else {
      entries.set(id, read.buffer, read.valueStart, read.valueEnd, timestamp)
      // Whoever had the value before may have changed it.
      this.#decoded?.changed(id)
    }
    if (this.#knownKeys !== undefined && !wasPresent) {
      this.#knownKeys.add(entries.buffer(id), entries.keyStart(id), entries.keyEnd(id))
    }
  }

  /** Deletes what the database has, unless that is done. Answers whether it was not. */
  #delete(key: Uint8Array, timestamp: number): boolean {
    let id = this.#entries.find(key, 0, key.length)
    if (id < 0) id = this.#entries.add(key, 0, key.length, undefined)
    else if (!this.#entries.isPresent(id)) return false
    this.#forgetLast()
    this.#remove(id, timestamp)
    return true
  }

  #remove(id: EntryId, timestamp: number): void {
    this.#entries.set(id, noBytes, 0, -1, timestamp)
    this.#decoded?.forget(id)
  }

  /** Whether a key that equals the last one has its bytes: an object may have changed since, and 0 equals -0. */
  #isSame(key: K): boolean {
    if ((key as unknown) === unread) {
      const bytes = this.#record!.unread!
      return bytes === this.#lastBytes && bytes.keyStart === this.#lastStart
    }
    return typeof key === 'string' || (typeof key !== 'object' && Object.is(key, this.#lastKey))
  }

  #answerNewest(id: EntryId): V | undefined {
    const entries = this.#entries
    const kept = entries.isPresent(id) ? this.#decoded?.get(id) : undefined
    if (kept !== undefined) {
      this.timestamp = entries.timestamp(id)
      return kept
    }
    const [start, end] = [entries.keyEnd(id), entries.valueEnd(id)]
    const value = this.#answer(entries.buffer(id), start, end)
    if (value !== undefined) this.#decoded?.meet(id, value, end - start)
    return value
  }

  /** Reads a stored value (`end` -1: none); sets `timestamp`. */
  #answer(buffer: Buffer, start: number, end: number): V | undefined {
    if (end < 0) {
      this.timestamp = -1
      return undefined
    }
    this.timestamp = timestampOf(buffer, start)
    return this.#readValue(buffer, start + timestampBytes, end)
  }

  #newest(id: EntryId): V | null {
    const entries = this.#entries
    const end = entries.valueEnd(id)
    if (end < 0) return null
    return this.#decoded?.get(id) ?? this.#readValue(entries.buffer(id), entries.keyEnd(id) + timestampBytes, end)
  }

  #tell(id: EntryId): void | Promise<void> {
    const entries = this.#entries
    entries.tell(id)
    if (!entries.wasTold(id) && !entries.isPresent(id)) return undefined
    const timestamp = entries.timestamp(id)
    const old = this.#keepsTold ? this.#toldValue(id, entries.toldEnd(id)) : undefined
    const told = this.#toldBytes
    if (told === undefined) return this.#listener!(this.#keyOf(id), this.#newest(id), timestamp, old)
    const hearing = this.#hearing!
    told.id = id
    hearing.bytes(told)
    // What is unread is of no type: it only gets as far as a sink, which copies the bytes.
    const newest = hearing.value || !entries.isPresent(id) ? this.#newest(id) : (unread as V)
    return this.#listener!(hearing.key ? this.#keyOf(id) : (unread as K), newest, timestamp, old)
  }

  /** A key for the listener. */
  #toldKey(key: K, id: EntryId): K {
    return (key as unknown) === unread && this.#hearing?.key !== false ? this.#keyOf(id) : key
  }

  #keyOf(id: EntryId): K {
    const entries = this.#entries
    return this.#readKey(entries.buffer(id), entries.keyStart(id), entries.keyEnd(id))
  }

  #toldValue(id: EntryId, end: number): V | null {
    const { toldBuffer } = this.#entries
    return end < 0 ? null : this.#readValue(toldBuffer, this.#entries.toldStart(id) + timestampBytes, end)
  }

  #bytesOf(key: K): Buffer {
    const length = this.#keys.write(key)
    return Buffer.from(this.#keys.buffer.subarray(0, length))
  }

  /** Copies of what the database does not have yet, in the order of the range. */
  #newerThanDatabase(range: StateRange): (readonly [Buffer, Buffer | null])[] {
    const entries = this.#entries
    const newer: (readonly [Buffer, Buffer | null])[] = []
    for (const id of entries.notInDatabase()) {
      const bytes = entries.buffer(id)
      const [start, middle, end] = [entries.keyStart(id), entries.keyEnd(id), entries.valueEnd(id)]
      if (range.gte !== undefined && isBelow(bytes, start, middle, range.gte)) continue
      if (range.lt !== undefined && !isBelow(bytes, start, middle, range.lt)) continue
      newer.push([
        Buffer.from(bytes.subarray(start, middle)),
        end < 0 ? null : Buffer.from(bytes.subarray(middle, end)),
      ])
    }
    return newer.sort(range.reverse === true ? ([a], [b]) => Buffer.compare(b, a) : ([a], [b]) => Buffer.compare(a, b))
  }

  /** Copies of the keys in the range that have a value which the database does not have yet. */
  #presentAndNewer(from: Buffer, to: Buffer): Buffer[] {
    const entries = this.#entries
    const keys: Buffer[] = []
    for (const id of entries.notInDatabase()) {
      if (!entries.isPresent(id)) continue
      const bytes = entries.buffer(id)
      const [start, end] = [entries.keyStart(id), entries.keyEnd(id)]
      if (isBelow(bytes, start, end, to) && !isBelow(bytes, start, end, from)) {
        keys.push(Buffer.from(bytes.subarray(start, end)))
      }
    }
    return keys
  }

  async *#withKeys(entries: AsyncIterable<readonly [Uint8Array, V]>): AsyncGenerator<readonly [K, V]> {
    for await (const [key, value] of entries) yield [this.#readKey(asBuffer(key), 0, key.length), value]
  }

  #forgetLast(): void {
    this.#lastKey = noKey
    this.#last = -1
  }
}

/** Whether the key in `bytes[start, end)` comes before another one. */
function isBelow(bytes: Buffer, start: number, end: number, other: Uint8Array): boolean {
  const length = Math.min(end - start, other.length)
  for (let i = 0; i < length; i++) if (bytes[start + i] !== other[i]) return bytes[start + i]! < other[i]!
  return end - start < other.length
}

/** The smallest bytes above these. */
function justAfter(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(1)])
}

/** Bytes that a former version of the pipeline wrote may be of another format: the error names the store. */
function named<V>(read: DirectReader<V>, store: string): DirectReader<V> {
  return (buffer, start, end) => {
    try {
      return read(buffer, start, end)
    } catch (error) {
      throw readFailure(error).at({ store })
    }
  }
}
