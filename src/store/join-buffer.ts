import { bytes } from '../serde/bytes.js'
import { copyBytes } from '../serde/copy-bytes.js'
import { directReader, directWriter, type DirectReader, type DirectWriter } from '../serde/direct.js'
import { readInt64, writeInt64 } from '../serde/int64-bytes.js'
import type { Serde } from '../serde/serde.js'
import type { UnreadBytes } from '../serde/unread.js'
import { BucketKeys } from './bucket-keys.js'
import { createKeyValueStore, type CachedStore } from './cached-store.js'
import { hashOf } from './key-index.js'
import { HeldTime, type Holding } from './held-time.js'
import type { ChangeBytes, ChangelogWriter, ManagedStore } from './key-value.js'
import { RememberedForm } from './remembered-form.js'
import { RememberedNumber } from './remembered-number.js'
import type { StateBatch, StateStore, StateWrites } from './state-db.js'
import { Sweeper } from './sweeper.js'

/** A record that waits for its partners. */
export interface Buffered<V> {
  readonly timestamp: number
  readonly value: V
}

/** The records of one side of a join of streams, by key and time; equal ones are kept apart. */
export interface JoinBuffer<K, V> {
  /** The largest timestamp that came by, as far as what is pending lets time go on; what is older than the retention before it is gone. */
  readonly reached: number
  /** Says what is pending. To be called once, first; without it nothing is. */
  heldBy(holding: Holding): void
  /** A record came by. */
  observe(timestamp: number): void
  /**
   * Keeps a record, unless it has expired. Answers whether it was kept.
   *
   * @param read where the value's bytes lie, if it was read with the serde that it would be written with
   */
  add(key: K, value: V, timestamp: number, read?: UnreadBytes): boolean
  /** The records of a key from `from` to `to` (both inclusive) in the order of their time, then of their arrival. */
  fetch(key: K, from: number, to: number): readonly Buffered<V>[]
  /** Deletes what has expired, if it is time for that; suspends then. */
  sweep(): void | Promise<void>
}

export interface JoinBufferOptions<K, V> {
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
  readonly db: StateStore
  readonly cacheBytes: number
  /** The largest `to - from` of a look-up, in milliseconds. */
  readonly span: number
  /** How long a record is kept after `observed` has reached it, in milliseconds. */
  readonly retention: number
}

// Name of a page: bucket of time (int64), level (uint16), the first bits of the keys' hashes (int32).
// Page: entries of timestamp (int64), hash of the key (int32), lengths of key and value (uint32 each), key, value.
const timeBytes = 8
const nameBytes = 14
const head = 20
/** A page of at least so many bytes is full, and is not written again. Smaller ones cost more writes, larger ones more bytes. */
const fullPage = 1024
/** The same below the last level, where all keys of a page are most likely one, with many records. */
const fullDeepPage = 4096
/** Bits of the hash that a level tells apart more than the one above it; on the last one, and below it, all of them. */
const levelBits = 4
const lastLevel = 32 / levelBits - 1
/** How many full pages are passed over at a time. */
const longestStep = 1024
const nothing: readonly never[] = []

/**
 * A join buffer over a state database. A bucket of time is a trie of pages by the hashes of the keys: what finds its page full
 * goes to a page of the next level, of which there are 16 times as many. So a look-up knows the names of the few pages that it
 * reads, and several records are written, told to the changelog and deleted as one. What was put since the start is known in
 * memory by its hash, so that the database is asked only for what it probably has.
 */
export function createJoinBuffer<K, V>(options: JoinBufferOptions<K, V>): JoinBuffer<K, V> & ManagedStore {
  return new BucketedBuffer(options)
}

class BucketedBuffer<K, V> implements JoinBuffer<K, V>, ManagedStore {
  readonly name: string
  readonly #pages: CachedStore<Uint8Array, Uint8Array>
  /** The largest timestamp that came by. */
  readonly #observed: RememberedNumber
  readonly #reached: HeldTime
  /** The width of the buckets. */
  readonly #form: RememberedForm
  readonly #sweeper: Sweeper
  readonly #retention: number
  readonly #width: number
  readonly #writeKey: DirectWriter<K>
  readonly #writeValue: DirectWriter<V>
  readonly #readValue: DirectReader<V>
  readonly #knownBytes: number
  readonly #name: Buffer = Buffer.allocUnsafeSlow(nameBytes)
  /** The key at hand, and its hash. */
  #key: Buffer = Buffer.allocUnsafeSlow(256)
  #keyEnd = 0
  #hash = 0
  /** Of the page turned to: pages are known as keys are. */
  #pageHash = 0
  #page: Buffer = Buffer.allocUnsafeSlow(2 * fullPage)
  #known: BucketKeys | undefined

  constructor({ name, key, value, db, cacheBytes, span, retention }: JoinBufferOptions<K, V>) {
    this.name = name
    this.#knownBytes = Math.floor(cacheBytes / 4)
    const pageBytes = cacheBytes - this.#knownBytes
    this.#pages = createKeyValueStore({ name, key: bytes, value: bytes, db, cache: false, cacheBytes: pageBytes })
    this.#observed = new RememberedNumber(this.#pages, 0)
    this.#reached = new HeldTime(new RememberedNumber(this.#pages, 2))
    this.#retention = retention
    this.#width = Math.max(1, Math.ceil(span / 2))
    this.#form = new RememberedForm(name, new RememberedNumber(this.#pages, 1), this.#width, namedForm)
    this.#sweeper = new Sweeper(this.#pages, this.#width, retention)
    this.#writeKey = directWriter(key)
    this.#writeValue = directWriter(value)
    this.#readValue = directReader(value)
  }

  get reached(): number {
    return this.#reached.value
  }

  heldBy(holding: Holding): void {
    this.#reached.heldBy(holding)
  }

  fits(): void {
    this.#form.check()
  }

  observe(timestamp: number): void {
    this.#known ??= this.#begin()
    if (timestamp > this.#observed.value) this.#observed.value = timestamp
    this.#reached.goOn(this.#observed.value)
  }

  add(key: K, value: V, timestamp: number, read?: UnreadBytes): boolean {
    this.observe(timestamp)
    this.#form.put()
    if (timestamp <= this.#expired) return false
    const bucket = Math.floor(timestamp / this.#width)
    this.#take(key)
    const before = this.#openPage(bucket)
    const end = read === undefined ? this.#append(before, timestamp, value) : this.#appendRead(before, timestamp, read)
    this.#pages.putBytes(this.#name, 0, nameBytes, this.#page, end, this.#observed.value)
    this.#known!.add(bucket, this.#hash)
    if (before === 0) this.#known!.add(bucket, this.#pageHash)
    this.#sweeper.added(bucket)
    return true
  }

  fetch(key: K, from: number, to: number): readonly Buffered<V>[] {
    const known = (this.#known ??= this.#begin())
    this.#reached.goOn(this.#observed.value)
    const first = Math.max(from, this.#expired + 1, 0)
    const last = Math.min(to, this.#observed.value)
    if (last < first) return nothing
    let found: Buffered<V>[] | undefined
    this.#take(key)
    const lastBucket = Math.floor(last / this.#width)
    for (let bucket = Math.floor(first / this.#width); bucket <= lastBucket; bucket++) {
      if (known.mayHold(bucket, this.#hash)) found = this.#read(bucket, first, last, found)
    }
    return found === undefined ? nothing : found.sort((a, b) => a.timestamp - b.timestamp)
  }

  sweep(): void | Promise<void> {
    const expired = Math.floor((this.#expired + 1) / this.#width)
    if (expired <= 0) return undefined
    const swept = this.#sweeper.sweep(expired, this.#observed.value)
    if (swept !== undefined) this.#known?.drop(expired)
    return swept
  }

  /** What is of this time, or older, is gone. */
  get #expired(): number {
    return this.reached - this.#retention
  }

  get uncommittedBytes(): number {
    return this.#pages.uncommittedBytes
  }

  flush(): void {}

  drain(changelog: ChangelogWriter | undefined, batch: StateBatch): void {
    this.#observed.save()
    this.#reached.save()
    this.#form.save(this.#observed.value)
    this.#pages.drain(changelog, batch)
  }

  committed(): void {
    this.#pages.committed()
  }

  discard(): void {
    this.#pages.discard()
    this.#observed.forget()
    this.#reached.forget()
    this.#form.forget()
    this.#sweeper.forget()
    this.#known = undefined
  }

  restore(change: ChangeBytes, batch: StateWrites): void {
    this.#known = undefined
    this.#pages.restore(change, batch)
  }

  /** Everything that is stored lies in the buckets up to the latest time that was committed with it. */
  #begin(): BucketKeys {
    return new BucketKeys(this.#knownBytes, Math.floor(this.#observed.value / this.#width))
  }

  #take(key: K): void {
    for (;;) {
      const length = this.#writeKey(key, this.#key, 0)
      if (length >= 0) {
        this.#keyEnd = length
        this.#hash = hashOf(this.#key, 0, length)
        return
      }
      this.#key = Buffer.allocUnsafeSlow(this.#key.length * 2 - length)
    }
  }

  /** Names the page of the key at hand. */
  #turnTo(bucket: number, level: number): void {
    writeInt64(bucket, this.#name, 0)
    this.#name.writeUInt16BE(level, timeBytes)
    const first = level < lastLevel ? this.#hash >> (levelBits * (lastLevel - level)) : this.#hash
    this.#name.writeInt32BE(first, timeBytes + 2)
    this.#pageHash = Math.imul(first ^ Math.imul(level + 1, 0x9e3779b1), 0x85ebca6b)
  }

  /** Turns to the page that has room, and copies what is on it; answers how many bytes. */
  #openPage(bucket: number): number {
    let level = 0
    let length = this.#lengthOf(bucket, 0)
    while (length >= fullPage && level < lastLevel) length = this.#lengthOf(bucket, ++level)
    if (length >= fullPage) length = this.#lengthOf(bucket, this.#levelBehindFull(bucket))
    if (length > this.#page.length) this.#page = Buffer.allocUnsafeSlow(length * 2)
    const { found, foundStart } = this.#pages
    return length === 0 ? 0 : copyBytes(this.#page, 0, found, foundStart, foundStart + length)
  }

  /** The first level below the last one that has room. A hot key may have thousands of full ones, of which few are looked at. */
  #levelBehindFull(bucket: number): number {
    let full = lastLevel
    let open = lastLevel + 1
    for (let step = 1; this.#lengthOf(bucket, open) >= fullDeepPage; step = Math.min(2 * step, longestStep)) {
      full = open
      open += step
    }
    while (open - full > 1) {
      const middle = (full + open) >>> 1
      if (this.#lengthOf(bucket, middle) >= fullDeepPage) full = middle
      else open = middle
    }
    return open
  }

  /** Turns to a page; answers how many bytes are on it, 0 where there is none. */
  #lengthOf(bucket: number, level: number): number {
    return this.#look(bucket, level) ? this.#pages.foundEnd - this.#pages.foundStart : 0
  }

  /** Turns to a page; answers whether there is one. */
  #look(bucket: number, level: number): boolean {
    this.#turnTo(bucket, level)
    return this.#known!.mayHold(bucket, this.#pageHash) && this.#pages.look(this.#name, 0, nameBytes)
  }

  /** Writes an entry of the key at hand behind the first bytes of the page; answers where it ends. */
  #append(before: number, timestamp: number, value: V): number {
    const valueAt = before + head + this.#keyEnd
    for (;;) {
      const room = this.#page.length - valueAt
      const length = room < 0 ? room : this.#writeValue(value, this.#page, valueAt)
      if (length >= 0) return this.#appendHead(before, timestamp, length)
      this.#grow(before, -length)
    }
  }

  /** As `#append`, for a value whose bytes are at hand. */
  #appendRead(before: number, timestamp: number, { buffer, valueStart, valueEnd }: UnreadBytes): number {
    const valueAt = before + head + this.#keyEnd
    const length = valueEnd - valueStart
    const missing = valueAt + length - this.#page.length
    if (missing > 0) this.#grow(before, missing)
    copyBytes(this.#page, valueAt, buffer, valueStart, valueEnd)
    return this.#appendHead(before, timestamp, length)
  }

  /** Writes what lies before a value of so many bytes; answers where that ends. */
  #appendHead(before: number, timestamp: number, length: number): number {
    writeInt64(timestamp, this.#page, before)
    this.#page.writeInt32BE(this.#hash, before + 8)
    this.#page.writeUInt32BE(this.#keyEnd, before + 12)
    this.#page.writeUInt32BE(length, before + 16)
    return copyBytes(this.#page, before + head, this.#key, 0, this.#keyEnd) + length
  }

  /** Makes room for so many bytes more behind the first ones of the page. */
  #grow(before: number, missing: number): void {
    const grown = Buffer.allocUnsafeSlow((this.#page.length + missing) * 2)
    this.#page.copy(grown, 0, 0, before)
    this.#page = grown
  }

  /** Reads the key's entries of a bucket from `first` to `last`, behind those that were found before. */
  #read(bucket: number, first: number, last: number, before: Buffered<V>[] | undefined): Buffered<V>[] | undefined {
    let found = before
    const pages = this.#pages
    for (let level = 0; ; level++) {
      if (!this.#look(bucket, level)) return found
      const { found: bytes, foundStart, foundEnd } = pages
      for (let at = foundStart; at < foundEnd;) {
        const keyAt = at + head
        const valueAt = keyAt + bytes.readUInt32BE(at + 12)
        const end = valueAt + bytes.readUInt32BE(at + 16)
        if (bytes.readInt32BE(at + 8) === this.#hash && this.#isKey(bytes, keyAt, valueAt)) {
          const timestamp = readInt64(bytes, at)
          if (timestamp >= first && timestamp <= last) {
            if (found === undefined) found = []
            found.push({ timestamp, value: this.#readValue(bytes, valueAt, end) })
          }
        }
        at = end
      }
      if (foundEnd - foundStart < (level > lastLevel ? fullDeepPage : fullPage)) return found
    }
  }

  #isKey(bytes: Buffer, start: number, end: number): boolean {
    if (end - start !== this.#keyEnd) return false
    for (let i = 0; i < this.#keyEnd; i++) if (bytes[start + i] !== this.#key[i]) return false
    return true
  }
}

/** What records in buckets of such a width are: those that meet are no further apart, on average over both sides. */
function namedForm(width: number): string {
  return `records that meet within ${width} ms`
}
