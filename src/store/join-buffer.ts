import { asBuffer } from '../serde/buffer.js'
import { bytes } from '../serde/bytes.js'
import { directReader, directWriter, type DirectReader, type DirectWriter } from '../serde/direct.js'
import { readInt64, writeInt64 } from '../serde/int64-bytes.js'
import type { Serde } from '../serde/serde.js'
import { createKeyValueStore, type CachedStore } from './cached-store.js'
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
const nothing: readonly never[] = []

/** A join buffer over a state database: a look-up reads at most four buckets of its key, each by its name. */
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
  #keyScratch: Buffer = Buffer.allocUnsafeSlow(256)
  #valueScratch: Buffer = Buffer.allocUnsafeSlow(1024)

  constructor({ name, key, value, db, cacheBytes, span, retention }: JoinBufferOptions<K, V>) {
    this.name = name
    this.#pages = createKeyValueStore({ name, key: bytes, value: bytes, db, cache: false, cacheBytes })
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
    if (timestamp > this.#observed.value) this.#observed.value = timestamp
  }

  add(key: K, value: V, timestamp: number): boolean {
    this.observe(timestamp)
    if (timestamp <= this.#expired) return false
    const name = this.#nameOf(key, Math.floor(timestamp / this.#width))
    let page: Uint8Array | undefined
    for (let number = 0; ; number++) {
      turnTo(name, number)
      page = this.#pages.get(name)
      if (page === undefined || page.length < fullPage) break
    }
    void this.#pages.put(name, this.#extended(page, timestamp, value), this.observed)
    return true
  }

  fetch(key: K, from: number, to: number): readonly Buffered<V>[] {
    const first = Math.max(from, this.#expired + 1, 0)
    const last = Math.min(to, this.observed)
    if (last < first) return nothing
    let found: Buffered<V>[] | undefined
    let ordered = true
    const lastBucket = Math.floor(last / this.#width)
    for (let bucket = Math.floor(first / this.#width); bucket <= lastBucket; bucket++) {
      const name = this.#nameOf(key, bucket)
      for (let number = 0; ; number++) {
        turnTo(name, number)
        const stored = this.#pages.get(name)
        if (stored === undefined) break
        const page = asBuffer(stored)
        for (let at = 0; at < page.length;) {
          const timestamp = readInt64(page, at)
          const start = at + head
          at = start + page.readUInt32BE(start - 4)
          if (timestamp < first || timestamp > last) continue
          const value = this.#readValue(page, start, at)
          if (found === undefined) found = []
          else if (found.at(-1)!.timestamp > timestamp) ordered = false
          found.push({ timestamp, value })
        }
        if (page.length < fullPage) break
      }
    }
    if (found === undefined) return nothing
    return ordered ? found : found.sort((a, b) => a.timestamp - b.timestamp)
  }

  sweep(): void | Promise<void> {
    const expired = Math.floor((this.#expired + 1) / this.#width)
    return expired <= 0 ? undefined : this.#sweeper.sweep(expired, this.observed)
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
  }

  restore(key: Uint8Array, value: Uint8Array | null, timestamp: number, batch: StateBatch): void {
    this.#pages.restore(key, value, timestamp, batch)
  }

  /** The name of the first page, in a buffer that the next call uses again. */
  #nameOf(key: K, bucket: number): Buffer {
    for (;;) {
      const length = this.#writeKey(key, this.#keyScratch, timeBytes)
      const end = timeBytes + length + pageSuffix
      if (length >= 0 && end <= this.#keyScratch.length) {
        writeInt64(bucket, this.#keyScratch, 0)
        return this.#keyScratch.subarray(0, end)
      }
      this.#keyScratch = Buffer.allocUnsafeSlow(this.#keyScratch.length * 2 + Math.abs(length))
    }
  }

  #extended(page: Uint8Array | undefined, timestamp: number, value: V): Buffer {
    const before = page?.length ?? 0
    for (;;) {
      const length = this.#writeValue(value, this.#valueScratch, head)
      if (length >= 0) {
        writeInt64(timestamp, this.#valueScratch, 0)
        this.#valueScratch.writeUInt32BE(length, timeBytes)
        const extended = Buffer.allocUnsafe(before + head + length)
        if (page !== undefined) extended.set(page)
        extended.set(this.#valueScratch.subarray(0, head + length), before)
        return extended
      }
      this.#valueScratch = Buffer.allocUnsafeSlow((this.#valueScratch.length - length) * 2)
    }
  }
}

function turnTo(name: Buffer, page: number): void {
  name.writeUInt16BE(page, name.length - pageSuffix)
}
