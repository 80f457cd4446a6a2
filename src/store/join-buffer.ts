import { bytes } from '../serde/bytes.js'
import { copyBytes } from '../serde/copy-bytes.js'
import { directReader, directWriter, type DirectReader, type DirectWriter } from '../serde/direct.js'
import { readInt64, writeInt64 } from '../serde/int64-bytes.js'
import type { Serde } from '../serde/serde.js'
import { BucketKeys } from './bucket-keys.js'
import { createKeyValueStore, type CachedStore } from './cached-store.js'
import { hashOf } from './key-index.js'
import type { ChangelogWriter, ManagedStore } from './key-value.js'
import { RememberedTime } from './remembered-time.js'
import type { StateBatch, StateStore } from './state-db.js'
import { Sweeper } from './sweeper.js'

/** A record that waits for its partners. */
export interface Buffered<V> {
  readonly timestamp: number
  readonly value: V
}

/** The records of one side of a join of streams, by key and time; equal ones are kept apart. */
export interface JoinBuffer<K, V> {
  /** The largest timestamp that came by; what is older than the retention before it is gone. */
  readonly observed: number
  /** Nothing expires for a later time than this one; infinity at first. */
  hold: number
  /** A record came by. */
  observe(timestamp: number): void
  /** Keeps a record, unless it has expired. Answers whether it was kept. */
  add(key: K, value: V, timestamp: number): boolean
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

// Key of an entry: bucket of time (int64), key, page (uint16). Value: entries of timestamp (int64), length (uint32), value.
const timeBytes = 8
const pageSuffix = 2
const head = 12
/** A page of at least so many bytes is full. Without pages, each record of a hot key would copy all the others. */
const fullPage = 4096
/** How many full pages are passed over at a time. */
const longestStep = 1024
const nothing: readonly never[] = []

/**
 * A join buffer over a state database: a look-up reads at most four buckets of its key, each by its name. What was put since
 * the start is known in memory by its hash, so that the database is asked only for what it probably has.
 */
export function createJoinBuffer<K, V>(options: JoinBufferOptions<K, V>): JoinBuffer<K, V> & ManagedStore {
  return new BucketedBuffer(options)
}

class BucketedBuffer<K, V> implements JoinBuffer<K, V>, ManagedStore {
  readonly name: string
  hold: number = Number.POSITIVE_INFINITY
  readonly #pages: CachedStore<Uint8Array, Uint8Array>
  readonly #observed: RememberedTime
  readonly #sweeper: Sweeper
  readonly #retention: number
  readonly #width: number
  readonly #writeKey: DirectWriter<K>
  readonly #writeValue: DirectWriter<V>
  readonly #readValue: DirectReader<V>
  readonly #knownBytes: number
  /** The name of a page: its bucket, the key, its number. */
  #name: Buffer = Buffer.allocUnsafeSlow(256)
  #nameEnd = 0
  #page: Buffer = Buffer.allocUnsafeSlow(1024)
  #known: BucketKeys | undefined

  constructor({ name, key, value, db, cacheBytes, span, retention }: JoinBufferOptions<K, V>) {
    this.name = name
    this.#knownBytes = Math.floor(cacheBytes / 4)
    const pageBytes = cacheBytes - this.#knownBytes
    this.#pages = createKeyValueStore({ name, key: bytes, value: bytes, db, cache: false, cacheBytes: pageBytes })
    this.#observed = new RememberedTime(this.#pages, 0)
    this.#retention = retention
    this.#width = Math.max(1, Math.ceil(span / 2))
    this.#sweeper = new Sweeper(this.#pages, this.#width, retention)
    this.#writeKey = directWriter(key)
    this.#writeValue = directWriter(value)
    this.#readValue = directReader(value)
  }

  get observed(): number {
    return this.#observed.value
  }

  observe(timestamp: number): void {
    this.#known ??= this.#begin()
    if (timestamp > this.#observed.value) this.#observed.value = timestamp
  }

  add(key: K, value: V, timestamp: number): boolean {
    this.observe(timestamp)
    if (timestamp <= this.#expired) return false
    const bucket = Math.floor(timestamp / this.#width)
    const hash = this.#nameOf(key)
    const isNew = !this.#known!.mayHold(bucket, hash)
    this.#turnTo(bucket, 0)
    const before = isNew ? 0 : this.#openPage(bucket)
    const end = this.#append(before, timestamp, value)
    this.#pages.putBytes(this.#name, 0, this.#nameEnd, this.#page, end, this.observed, isNew)
    this.#known!.add(bucket, hash)
    this.#sweeper.added(bucket)
    return true
  }

  fetch(key: K, from: number, to: number): readonly Buffered<V>[] {
    const known = (this.#known ??= this.#begin())
    const first = Math.max(from, this.#expired + 1, 0)
    const last = Math.min(to, this.observed)
    if (last < first) return nothing
    let found: Buffered<V>[] | undefined
    const hash = this.#nameOf(key)
    const lastBucket = Math.floor(last / this.#width)
    for (let bucket = Math.floor(first / this.#width); bucket <= lastBucket; bucket++) {
      if (known.mayHold(bucket, hash)) found = this.#read(bucket, first, last, found)
    }
    return found === undefined ? nothing : found.sort((a, b) => a.timestamp - b.timestamp)
  }

  sweep(): void | Promise<void> {
    const expired = Math.floor((this.#expired + 1) / this.#width)
    if (expired <= 0) return undefined
    const swept = this.#sweeper.sweep(expired, this.observed)
    if (swept !== undefined) this.#known?.drop(expired)
    return swept
  }

  /** What is of this time, or older, is gone. */
  get #expired(): number {
    return Math.min(this.observed, this.hold) - this.#retention
  }

  get uncommittedBytes(): number {
    return this.#pages.uncommittedBytes
  }

  flush(): void {}

  drain(changelog: ChangelogWriter | undefined, batch: StateBatch): void {
    this.#observed.save()
    this.#pages.drain(changelog, batch)
  }

  committed(): void {
    this.#pages.committed()
  }

  discard(): void {
    this.#pages.discard()
    this.#observed.forget()
    this.#sweeper.forget()
    this.#known = undefined
  }

  restore(key: Uint8Array, value: Uint8Array | null, timestamp: number, batch: StateBatch): void {
    this.#known = undefined
    this.#pages.restore(key, value, timestamp, batch)
  }

  /** Everything that is stored lies in the buckets up to the latest time that was committed with it. */
  #begin(): BucketKeys {
    return new BucketKeys(this.#knownBytes, Math.floor(this.#observed.value / this.#width))
  }

  /** Writes the key into the name; answers its hash. */
  #nameOf(key: K): number {
    for (;;) {
      const length = this.#writeKey(key, this.#name, timeBytes)
      this.#nameEnd = timeBytes + length + pageSuffix
      if (length >= 0 && this.#nameEnd <= this.#name.length) return hashOf(this.#name, timeBytes, timeBytes + length)
      this.#name = Buffer.allocUnsafeSlow(this.#name.length * 2 + Math.abs(length))
    }
  }

  #turnTo(bucket: number, page: number): void {
    writeInt64(bucket, this.#name, 0)
    this.#name.writeUInt16BE(page, this.#nameEnd - pageSuffix)
  }

  /** Turns to the page that has room, and copies what is on it; answers how many bytes. */
  #openPage(bucket: number): number {
    let length = this.#lengthOf(bucket, 0)
    if (length >= fullPage) length = this.#lengthOf(bucket, this.#pageBehindFull(bucket))
    if (length > this.#page.length) this.#page = Buffer.allocUnsafeSlow(length * 2)
    const { found, foundStart } = this.#pages
    return length === 0 ? 0 : copyBytes(this.#page, 0, found, foundStart, foundStart + length)
  }

  /** The first page that is not full. The first one is: a hot key may have thousands, of which few are looked at. */
  #pageBehindFull(bucket: number): number {
    let full = 0
    let open = 1
    for (let step = 1; this.#lengthOf(bucket, open) >= fullPage; step = Math.min(2 * step, longestStep)) {
      full = open
      open += step
    }
    while (open - full > 1) {
      const middle = (full + open) >>> 1
      if (this.#lengthOf(bucket, middle) >= fullPage) full = middle
      else open = middle
    }
    return open
  }

  /** Turns to a page; answers how many bytes are on it, 0 where there is none. */
  #lengthOf(bucket: number, page: number): number {
    this.#turnTo(bucket, page)
    return this.#pages.look(this.#name, 0, this.#nameEnd) ? this.#pages.foundEnd - this.#pages.foundStart : 0
  }

  /** Writes an entry behind the first bytes of the page at hand; answers where it ends. */
  #append(before: number, timestamp: number, value: V): number {
    for (;;) {
      const room = this.#page.length - before - head
      const length = room < 0 ? room : this.#writeValue(value, this.#page, before + head)
      if (length >= 0) {
        writeInt64(timestamp, this.#page, before)
        this.#page.writeUInt32BE(length, before + timeBytes)
        return before + head + length
      }
      const grown = Buffer.allocUnsafeSlow((this.#page.length - length) * 2)
      this.#page.copy(grown, 0, 0, before)
      this.#page = grown
    }
  }

  /** Reads the entries of a bucket's pages from `first` to `last`, behind those that were found before. */
  #read(bucket: number, first: number, last: number, before: Buffered<V>[] | undefined): Buffered<V>[] | undefined {
    let found = before
    const pages = this.#pages
    for (let number = 0; ; number++) {
      this.#turnTo(bucket, number)
      if (!pages.look(this.#name, 0, this.#nameEnd)) return found
      const { found: bytes, foundStart, foundEnd } = pages
      for (let at = foundStart; at < foundEnd;) {
        const timestamp = readInt64(bytes, at)
        const start = at + head
        at = start + bytes.readUInt32BE(start - 4)
        if (timestamp < first || timestamp > last) continue
        const value = this.#readValue(bytes, start, at)
        if (found === undefined) found = []
        found.push({ timestamp, value })
      }
      if (foundEnd - foundStart < fullPage) return found
    }
  }
}
