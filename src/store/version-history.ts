import { asBuffer } from '../serde/buffer.js'
import { readInt64, writeInt64 } from '../serde/int64-bytes.js'
import type { CachedStore } from './cached-store.js'
import { HeldTime, type Holding } from './held-time.js'
import type { Undo } from './key-value.js'
import { RememberedNumber } from './remembered-number.js'
import { Sweeper } from './sweeper.js'

/** A value that held from `from` (inclusive) to `to` (exclusive); null where there was none. */
export interface Version {
  readonly from: number
  readonly to: number
  readonly value: Uint8Array | null
}

interface Page {
  readonly bucket: number
  readonly number: number
  readonly versions: readonly Version[]
}

// Key: bucket of `to` (int64), page (uint32), key. Value: versions of from (int64), to (int64), length (int32, -1: null),
// value.
const timeBytes = 8
const prefixBytes = timeBytes + 4
const head = 20
const noBytes = Buffer.alloc(0)
/** A page takes no more versions beyond this: each is written anew with all of its page, and is one record of the changelog. */
const usualPageBytes = 16 * 1024

/**
 * Versions that no longer hold, by key and by the time they ended: so what has expired lies in the oldest buckets, and the
 * version of a time lies in its bucket or a later one.
 *
 * A version of no length marks a deletion of what was not there.
 */
export class VersionHistory {
  readonly store: CachedStore<Uint8Array, Uint8Array>
  readonly #observed: RememberedNumber
  readonly #reached: HeldTime
  readonly #retention: number
  /** Of a bucket, in milliseconds: that of the first version, also when the history has another length since. */
  readonly #width: RememberedNumber
  readonly #firstWidth: number
  readonly #pageBytes: number
  readonly #sweeper: Sweeper

  constructor(store: CachedStore<Uint8Array, Uint8Array>, retention: number, pageBytes: number = usualPageBytes) {
    this.store = store
    this.#retention = retention
    this.#pageBytes = pageBytes
    this.#firstWidth = segmentInterval(retention)
    this.#observed = new RememberedNumber(store, 0)
    this.#reached = new HeldTime(new RememberedNumber(store, 1))
    this.#width = new RememberedNumber(store, 2)
    this.#sweeper = new Sweeper(store, this.#firstWidth, retention)
  }

  /** The largest timestamp written so far; -1 before the first. */
  get observed(): number {
    return this.#observed.value
  }

  /** What ended before this time is gone, or will be. It never goes back: an insertion relies on it that all is known since. */
  get beginning(): number {
    return this.#reached.value - this.#retention
  }

  heldBy(holding: Holding): void {
    this.#reached.heldBy(holding)
  }

  observe(timestamp: number, undos: Undo[] | undefined): void {
    const [observed, reached] = [this.#observed, this.#reached]
    const [before, reachedBefore] = [observed.value, reached.value]
    if (timestamp > before) observed.value = timestamp
    if (this.#width.value === -1) this.#width.value = this.#firstWidth
    reached.goOn(observed.value)
    undos?.push(() => {
      observed.value = before
      reached.backTo(reachedBefore)
    })
  }

  /** The version that held at `time`, given that none which ended after `until` did. */
  find(key: Uint8Array, time: number, until: number): Version | undefined {
    for (const { versions } of this.#pages(key, time, until)) {
      const version = versions.find(({ from, to }) => from <= time && time < to)
      if (version !== undefined) return version
    }
    return undefined
  }

  /**
   * Puts a version in where it belongs among those that are known; `latest` is since when the latest one holds. Answers
   * false where nothing is known to come after it: then it is itself the latest.
   */
  insert(
    key: Uint8Array,
    value: Uint8Array | null,
    time: number,
    latest: number | undefined,
    undos: Undo[] | undefined,
  ): boolean {
    let next = latest
    for (const page of this.#pages(key, time, latest ?? this.observed)) {
      for (const version of page.versions) {
        if (version.from <= time && time < version.to) {
          this.#split(key, page, version, time, value, undos)
          return true
        }
        const after = version.from > time ? version.from : version.to
        if (after > time && (next === undefined || after < next)) next = after
      }
    }
    if (next === undefined) return false
    this.add(key, { from: time, to: next, value }, undos)
    return true
  }

  add(key: Uint8Array, version: Version, undos: Undo[] | undefined): void {
    const bucket = this.#bucketOf(version.to)
    let page = 0
    while (this.store.has(nameOf(key, bucket, page + 1))) page++
    // What is there goes along unread.
    const others = this.store.get(nameOf(key, bucket, page)) ?? noBytes
    const added = bytesOf([version])
    if (others.length < this.#pageBytes) this.#put(key, bucket, page, Buffer.concat([others, added]), undos)
    else this.#put(key, bucket, page + 1, added, undos)
  }

  sweep(): void | Promise<void> {
    const expired = this.#bucketOf(this.beginning)
    return expired <= 0 ? undefined : this.#sweeper.sweep(expired, this.observed)
  }

  save(): void {
    this.#observed.save()
    this.#reached.save()
    this.#width.save(this.observed)
  }

  discard(): void {
    this.store.discard()
    this.#observed.forget()
    this.#reached.forget()
    this.#width.forget()
    this.#sweeper.forget()
  }

  #split(
    key: Uint8Array,
    { bucket, number, versions }: Page,
    version: Version,
    time: number,
    value: Uint8Array | null,
    undos: Undo[] | undefined,
  ): void {
    const others = versions.filter(({ from, to }) => from !== version.from || to !== version.to)
    this.#put(key, bucket, number, bytesOf([...others, { from: time, to: version.to, value }]), undos)
    if (version.from < time) this.add(key, { ...version, to: time }, undos)
  }

  #bucketOf(time: number): number {
    const { value } = this.#width
    return Math.floor(time / (value === -1 ? this.#firstWidth : value))
  }

  /** The pages of a key with what ended from one time to another, in the order of their buckets. */
  *#pages(key: Uint8Array, from: number, to: number): Generator<Page> {
    const last = this.#bucketOf(to)
    for (let bucket = this.#bucketOf(from), number = 0; bucket <= last;) {
      const versions = this.#read(key, bucket, number)
      if (versions.length > 0) yield { bucket, number: number++, versions }
      else [bucket, number] = [bucket + 1, 0]
    }
  }

  #read(key: Uint8Array, bucket: number, page: number): readonly Version[] {
    const stored = this.store.get(nameOf(key, bucket, page))
    if (stored === undefined) return []
    const buffer = asBuffer(stored)
    const versions: Version[] = []
    for (let at = 0; at < buffer.length;) {
      const length = buffer.readInt32BE(at + 2 * timeBytes)
      const start = at + head
      const end = start + Math.max(0, length)
      const value = length < 0 ? null : buffer.subarray(start, end)
      versions.push({ from: readInt64(buffer, at), to: readInt64(buffer, at + timeBytes), value })
      at = end
    }
    return versions
  }

  #put(key: Uint8Array, bucket: number, page: number, versions: Buffer, undos: Undo[] | undefined): void {
    const name = nameOf(key, bucket, page)
    undos?.push(this.store.undoOf(name))
    void this.store.put(name, versions, this.observed)
    this.#sweeper.added(bucket)
  }
}

function bytesOf(versions: readonly Version[]): Buffer {
  const buffer = Buffer.allocUnsafe(versions.reduce((sum, { value }) => sum + head + (value?.length ?? 0), 0))
  let at = 0
  for (const { from, to, value } of versions) {
    writeInt64(from, buffer, at)
    writeInt64(to, buffer, at + timeBytes)
    buffer.writeInt32BE(value === null ? -1 : value.length, at + 2 * timeBytes)
    if (value !== null) buffer.set(value, at + head)
    at += head + (value?.length ?? 0)
  }
  return buffer
}

function nameOf(key: Uint8Array, bucket: number, page: number): Buffer {
  const name = Buffer.allocUnsafe(prefixBytes + key.length)
  writeInt64(bucket, name, 0)
  name.writeUInt32BE(page, timeBytes)
  name.set(key, prefixBytes)
  return name
}

/** Kafka Streams' default (`Stores.persistentVersionedKeyValueStore`): from a third to a 24th of the history. */
function segmentInterval(history: number): number {
  const minute = 60_000
  if (history <= minute) return Math.max(Math.floor(history / 3), 2_000)
  if (history <= 5 * minute) return Math.max(Math.floor(history / 5), 20_000)
  if (history <= 60 * minute) return Math.max(Math.floor(history / 12), minute)
  return Math.max(Math.floor(history / 24), 60 * minute)
}
