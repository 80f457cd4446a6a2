import { asBuffer } from '../serde/buffer.js'
import { bytes } from '../serde/bytes.js'
import { readInt64, writeInt64 } from '../serde/int64-bytes.js'
import type { Serde } from '../serde/serde.js'
import { createKeyValueStore, type CachedStore } from './cached-store.js'
import type { StateStore, StateWrites } from './state-db.js'
import { timestampBytes } from './stored.js'
import type { WindowBytes } from './window-bytes.js'

/** The bounds of a window. */
export interface Bounds {
  readonly start: number
  readonly end: number
}

/**
 * Which windows a key has, so that they are found by look-ups of names instead of walks. It follows from the windows
 * themselves: no changelog has it, a restore makes it anew.
 */
export class WindowLists {
  readonly #lists: CachedStore<Uint8Array, readonly Bounds[]>
  readonly #db: StateStore
  readonly #width: number
  #restoring: StateWrites | undefined
  /** Lists that the batch of a restore has changed. */
  #restored = new Map<string, readonly Bounds[]>()
  /** Those that the batch before it changed, which may not be in the database yet. */
  #restoredBefore: ReadonlyMap<string, readonly Bounds[]> = new Map()

  /** @param width a key's list is cut by the starts of its windows into pieces of so many milliseconds; infinity: into none */
  constructor(db: StateStore, width: number, cacheBytes: number) {
    this.#db = db
    this.#width = width
    this.#lists = createKeyValueStore({ name: db.name, key: bytes, value: boundsList, db, cache: false, cacheBytes })
  }

  /**
   * The windows of a key that start from `from` to `to` (both inclusive); where lists are not cut, those that have any part
   * in that. By their end, then by their start.
   */
  find(key: Uint8Array, from: number, to: number): readonly Bounds[] {
    if (this.#width === Number.POSITIVE_INFINITY) {
      const all = this.#lists.get(nameOf(key, 0)) ?? []
      return all.filter(({ start, end }) => end >= from && start <= to)
    }
    const found: Bounds[] = []
    const last = this.#bucketOf(to)
    for (let bucket = this.#bucketOf(from); bucket <= last; bucket++) {
      for (const each of this.#lists.get(nameOf(key, bucket)) ?? []) {
        if (each.start >= from && each.start <= to) found.push(each)
      }
    }
    return found
  }

  has(window: WindowBytes): boolean {
    const list = this.#lists.get(this.#nameFor(window)) ?? []
    return list.some(({ start, end }) => start === window.start && end === window.end)
  }

  add(window: WindowBytes): void {
    const name = this.#nameFor(window)
    this.#put(name, withBounds(this.#lists.get(name) ?? [], window))
  }

  remove(window: WindowBytes): void {
    const name = this.#nameFor(window)
    this.#put(name, withoutBounds(this.#lists.get(name) ?? [], window))
  }

  restore(window: WindowBytes, present: boolean, batch: StateWrites): void {
    if (batch !== this.#restoring) {
      this.#restoring = batch
      this.#restoredBefore = this.#restored
      this.#restored = new Map()
    }
    const name = this.#nameFor(window)
    const id = name.toString('latin1')
    const before = this.#restored.get(id) ?? this.#restoredBefore.get(id) ?? this.#stored(name)
    const list = present ? withBounds(before, window) : withoutBounds(before, window)
    this.#restored.set(id, list)
    const keyEnd = name.length
    const buffer = list.length === 0 ? name : Buffer.concat([name, boundsList.serialize(list)])
    const valueEnd = list.length === 0 ? -1 : buffer.length
    this.#lists.restore({ buffer, keyStart: 0, keyEnd, valueStart: keyEnd, valueEnd, timestamp: 0 }, batch)
  }

  get store(): CachedStore<Uint8Array, unknown> {
    return this.#lists
  }

  #stored(name: Buffer): readonly Bounds[] {
    const stored = this.#db.get(name)
    return stored === undefined ? [] : boundsList.deserialize(stored.subarray(timestampBytes))
  }

  #put(name: Buffer, list: readonly Bounds[]): void {
    void this.#lists.put(name, list.length === 0 ? null : list, 0)
  }

  #nameFor({ key, start }: WindowBytes): Buffer {
    return nameOf(key, this.#bucketOf(start))
  }

  #bucketOf(start: number): number {
    return Math.floor(start / this.#width)
  }
}

function nameOf(key: Uint8Array, bucket: number): Buffer {
  const name = Buffer.allocUnsafe(key.length + 8)
  name.set(key)
  writeInt64(bucket, name, key.length)
  return name
}

function withBounds(list: readonly Bounds[], { start, end }: Bounds): readonly Bounds[] {
  let at = list.length
  while (at > 0 && isBefore(start, end, list[at - 1]!)) at--
  const before = list[at - 1]
  if (before !== undefined && before.start === start && before.end === end) return list
  return list.toSpliced(at, 0, { start, end })
}

function withoutBounds(list: readonly Bounds[], { start, end }: Bounds): readonly Bounds[] {
  return list.filter(each => each.start !== start || each.end !== end)
}

function isBefore(start: number, end: number, other: Bounds): boolean {
  return end < other.end || (end === other.end && start < other.start)
}

/** Start and end of each, as int64. Nobody changes a list. */
const boundsList: Serde<readonly Bounds[]> = {
  name: 'bounds of windows',
  serialize(list) {
    const stored = Buffer.allocUnsafe(list.length * boundsBytes)
    write(list, stored, 0)
    return stored
  },
  deserialize: stored => read(asBuffer(stored), 0, stored.length),
  serializeInto(list, buffer, offset) {
    const spare = buffer.length - offset - list.length * boundsBytes
    if (spare < 0) return spare
    write(list, buffer, offset)
    return list.length * boundsBytes
  },
  deserializeFrom: read,
  copies: { make: list => list, again: list => list, isSame: (one, other) => one === other },
}

const boundsBytes = 16

function write(list: readonly Bounds[], buffer: Buffer, offset: number): void {
  let at = offset
  for (const { start, end } of list) {
    writeInt64(start, buffer, at)
    writeInt64(end, buffer, at + 8)
    at += boundsBytes
  }
}

function read(buffer: Buffer, from: number, to: number): readonly Bounds[] {
  const list: Bounds[] = []
  for (let at = from; at < to; at += boundsBytes) {
    list.push({ start: readInt64(buffer, at), end: readInt64(buffer, at + 8) })
  }
  return list
}
