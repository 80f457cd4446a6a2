import { asBuffer } from '../serde/buffer.js'
import { bytes } from '../serde/bytes.js'
import type { Serde } from '../serde/serde.js'
import { windowed, type WindowKey } from '../serde/windowed.js'
import { createKeyValueStore, type CachedStore } from './cached-store.js'
import { HeldTime, type Holding } from './held-time.js'
import { KnownWindows } from './known-windows.js'
import type {
  ChangeBytes,
  ChangeListener,
  ChangelogWriter,
  Hearing,
  KeyValueStore,
  ManagedStore,
  Undo,
} from './key-value.js'
import { RememberedTime } from './remembered-time.js'
import type { StateBatch, StateStore, StateWrites } from './state-db.js'
import type { Suffix } from './suffixes.js'
import { createTimeOrderedStore, type TimeOrderedEntry, type TimeOrderedStore } from './time-ordered.js'
import {
  byEnd,
  byStart,
  placeOf,
  readWindow,
  suffixBytes,
  writeWindow,
  type TimeLayout,
  type WindowBytes,
} from './window-bytes.js'
import { storable } from './unstorable.js'
import { WindowLists, type Bounds } from './window-lists.js'

/** Gets a window that has closed, with its value. */
export type ClosedWindow<K, V> = (key: WindowKey<K>, value: V, timestamp: number) => void | Promise<void>

/**
 * Aggregates by key and window. What is older than the retention, counted back from the latest window (or from the time of
 * the operators, where that is held back), is not answered any more and gets deleted at the next commit, from the changelog
 * too, without a word to the listener.
 */
export interface WindowStore<K, V> extends KeyValueStore<WindowKey<K>, V> {
  /** A time that outlasts a restart with the windows that depend on it; -1 at first. Ids from 0 to 250. */
  clock(id: number): RememberedTime
  /** For an owner without a clock: windows stay for what is pending. */
  heldBy(holding: Holding): void
  /**
   * The windows of a key that start from `from` to `to`, or the sessions that have a part in that, by their end. Only for a
   * store that was made with lists.
   */
  windowsOf(key: K, from: number, to: number): readonly Bounds[]
  /**
   * Hands out the windows behind those that were handed out, up to the time `until`, in the order of their times, then of
   * their keys' bytes. The time of a window is its start, that of a session its end.
   */
  close(until: number, each: ClosedWindow<K, V>): void | Promise<void>
  /** @throws Unstorable for a value that cannot be kept */
  check(value: V): void
  /** To be called before anything else where `close` is used: all up to this time was handed out; the rest must not expire. */
  closedUntil(time: number): void
}

export interface WindowStoreOptions<K, V> {
  readonly name: string
  /** Of the keys without their windows. */
  readonly key: Serde<K>
  readonly value: Serde<V>
  readonly db: StateStore
  readonly beside: (suffix: Suffix) => StateStore
  readonly cache: boolean
  readonly cacheBytes: number
  /** Milliseconds, infinity for ever: a window expires so long after its start, a session after its end. */
  readonly retention: number
  /** `end - start` of every window, in milliseconds; `session`: each has its own. */
  readonly size: number | 'session'
  /** Set where `windowsOf` is asked for: how far a look-up goes, about, in milliseconds. Sessions always have lists. */
  readonly reach?: number | undefined
}

const nothing = new Uint8Array(0)
/** What is deleted stays in memory until the commit: one commit takes about so many, the next goes on. */
const mostExpired = 16_384
const latest = 251
const held = 252

/** A store of windows or sessions over a state database. */
export function createWindowStore<K, V>(options: WindowStoreOptions<K, V>): WindowStore<K, V> & ManagedStore {
  return new WindowedStore(options)
}

class WindowedStore<K, V> implements WindowStore<K, V>, ManagedStore {
  readonly name: string
  readonly #key: Serde<K>
  readonly #retention: number
  readonly #size: number | 'session'
  readonly #layout: TimeLayout
  readonly #windows: CachedStore<WindowKey<K>, V>
  /** Of windows of one size. */
  readonly #known: KnownWindows | undefined
  readonly #times: TimeOrderedStore<Uint8Array, Uint8Array> & ManagedStore
  readonly #lists: WindowLists | undefined
  readonly #clocks: CachedStore<Uint8Array, Uint8Array>
  readonly #clockById = new Map<number, RememberedTime>()
  /** How far the operators have come. */
  readonly #reached: RememberedTime[] = []
  /** For an owner that has no clock. */
  #held: HeldTime | undefined
  /** The largest time of a window that was put. */
  readonly #latest: RememberedTime
  /** All the stores that make it up. */
  readonly #parts: readonly ManagedStore[]
  /** No window that `close` has yet to hand out has an earlier time. */
  #nextToClose = 0
  /** `close` has handed out everything up to here; infinity where it is not used. */
  #closed = Number.POSITIVE_INFINITY
  #nextToExpire = 0

  constructor(options: WindowStoreOptions<K, V>) {
    const { name, key, value, db, beside, cache, size, reach } = options
    const isSession = size === 'session'
    const width = isSession ? Number.POSITIVE_INFINITY : reach === undefined ? undefined : Math.max(1, reach)
    const share = Math.floor(options.cacheBytes / (width === undefined ? 5 : 8))
    this.name = name
    this.#key = storable(key, name)
    this.#retention = options.retention
    this.#size = size
    this.#layout = isSession ? byEnd : byStart(size)
    this.#clocks = createKeyValueStore({
      name,
      key: bytes,
      value: bytes,
      db: beside('~clocks'),
      cache: false,
      cacheBytes: 0,
    })
    this.#latest = this.clock(latest)
    const knownBytes = isSession ? 0 : share
    this.#known = size === 'session' ? undefined : new KnownWindows(size, knownBytes, this.#latest)
    this.#windows = createKeyValueStore({
      name,
      key: windowed(key),
      value,
      db,
      cache,
      keysStay: true,
      cacheBytes: share * 4 - knownBytes,
      known: this.#known,
    })
    this.#times = createTimeOrderedStore({ name, key: bytes, value: bytes, db: beside('~times'), cacheBytes: share })
    const listsDb = beside('~lists')
    this.#lists = width === undefined ? undefined : new WindowLists(listsDb, width, share * 3)
    const lists = this.#lists === undefined ? [] : [this.#lists.store]
    this.#parts = [this.#windows, this.#times, ...lists, this.#clocks]
  }

  get timestamp(): number {
    return this.#hidden ? -1 : this.#windows.timestamp
  }

  #hidden = false

  get(window: WindowKey<K>): V | undefined {
    this.#known?.begin()
    this.#hidden = this.#isExpired(window)
    return this.#hidden ? undefined : this.#windows.get(window)
  }

  told(window: WindowKey<K>): V | undefined {
    this.#known?.begin()
    this.#hidden = this.#isExpired(window)
    return this.#hidden ? undefined : this.#windows.told(window)
  }

  put(window: WindowKey<K>, value: V | null, timestamp: number): void | Promise<void> {
    this.#known?.begin()
    const time = this.#layout.timeOf(window)
    const isOther = this.#has(window) !== (value !== null)
    // Before anything is changed: a window is known by more than its value.
    if (isOther && value !== null) this.#windows.check(value)
    if (time > this.#latest.value) this.#latest.value = time
    this.#held?.goOn(this.#latest.value)
    if (isOther) {
      if (value === null) this.#forget(this.#bytesOf(window))
      else this.#note(this.#bytesOf(window), time)
    }
    return this.#windows.put(window, value, timestamp)
  }

  undoOf(window: WindowKey<K>): Undo {
    this.#known?.begin()
    const latestBefore = this.#latest.value
    const heldBefore = this.#held?.value
    const had = this.#has(window)
    const undo = this.#windows.undoOf(window)
    const name = this.#bytesOf(window)
    return () => {
      undo()
      this.#latest.value = latestBefore
      if (heldBefore !== undefined) this.#held!.backTo(heldBefore)
      if (had) this.#note(name, this.#layout.timeOf(name))
      else this.#forget(name)
    }
  }

  listen(listener: ChangeListener<WindowKey<K>, V>, hearing?: Hearing): void {
    this.#windows.listen(listener, hearing)
  }

  async *entries(
    range: { readonly from?: WindowKey<K>; readonly to?: WindowKey<K>; readonly reverse?: boolean } = {},
  ): AsyncIterable<readonly [WindowKey<K>, V]> {
    for await (const entry of this.#windows.entries(range)) if (!this.#isExpired(entry[0])) yield entry
  }

  clock(id: number): RememberedTime {
    let clock = this.#clockById.get(id)
    if (clock === undefined) {
      this.#clockById.set(id, (clock = new RememberedTime(this.#clocks, id)))
      if (id !== latest) this.#reached.push(clock)
    }
    return clock
  }

  /**
   * What windows expire by: the latest of them. Where stream time stands still for records that are pending, windows may lie
   * ahead of it; what those records need has to stay until then.
   */
  get #time(): number {
    if (this.#held !== undefined) return this.#held.value
    let reached = -1
    for (const { value } of this.#reached) if (value > reached) reached = value
    return reached < 0 ? this.#latest.value : Math.min(reached, this.#latest.value)
  }

  heldBy(holding: Holding): void {
    // The windows of a pending record begin by less than their size before it.
    this.#held ??= new HeldTime(this.clock(held), this.#size === 'session' ? 0 : this.#size)
    this.#held.heldBy(holding)
  }

  windowsOf(key: K, from: number, to: number): readonly Bounds[] {
    const isSession = this.#layout === byEnd
    // No window starts behind the latest one, and what lies before the retention is gone: that bounds how many lists are read.
    const first = isSession ? from : Math.max(0, from, this.#time - this.#retention)
    const last = isSession ? to : Math.min(to, this.#latest.value)
    const found = this.#lists!.find(this.#key.serialize(key), first, last)
    const oldest = found[0]
    return oldest === undefined || !this.#isExpired(oldest) ? found : found.filter(each => !this.#isExpired(each))
  }

  close(until: number, each: ClosedWindow<K, V>): void | Promise<void> {
    const from = this.#closed + 1
    if (until < from) return undefined
    this.#closed = until
    return until < this.#nextToClose ? undefined : this.#closeFrom(this.#times.next(Math.max(0, from)), until, each)
  }

  check(value: V): void {
    this.#windows.check(value)
  }

  closedUntil(time: number): void {
    this.#closed = time
  }

  get uncommittedBytes(): number {
    return this.#parts.reduce((sum, part) => sum + part.uncommittedBytes, 0)
  }

  flush(): void | Promise<void> {
    const told = this.#windows.flush()
    return told === undefined ? this.#expire() : told.then(() => this.#expire())
  }

  drain(changelog: ChangelogWriter | undefined, batch: StateBatch): void {
    for (const clock of this.#clockById.values()) clock.save()
    this.#windows.drain(changelog, batch)
    this.#clocks.drain(changelog, batch)
    this.#times.drain(undefined, batch)
    this.#lists?.store.drain(undefined, batch)
  }

  committed(): void {
    for (const part of this.#parts) part.committed()
  }

  discard(): void {
    for (const part of this.#parts) part.discard()
    for (const clock of this.#clockById.values()) clock.forget()
    this.#held?.forget()
    this.#known?.forget()
    this.#nextToClose = 0
    this.#nextToExpire = 0
    this.#closed = Number.POSITIVE_INFINITY
  }

  restore(change: ChangeBytes, batch: StateWrites): void {
    this.#known?.forget()
    const { buffer, keyStart, keyEnd } = change
    // A clock's name is shorter than any window's.
    if (keyEnd - keyStart < suffixBytes) return this.#clocks.restore(change, batch)
    this.#windows.restore(change, batch)
    const window = readWindow(buffer.subarray(keyStart, keyEnd))
    const time = this.#layout.timeOf(window)
    const place = placeOf(time, this.#layout.restOf(window))
    const valueEnd = change.valueEnd < 0 ? -1 : 0
    this.#times.restore(
      { buffer: place, keyStart: 0, keyEnd: place.length, valueStart: 0, valueEnd, timestamp: time },
      batch,
    )
    this.#lists?.restore(window, valueEnd === 0, batch)
  }

  #closeFrom(found: Found | Promise<Found>, to: number, each: ClosedWindow<K, V>): void | Promise<void> {
    for (;;) {
      if (found instanceof Promise) return found.then(entry => this.#closeFrom(entry, to, each))
      if (found === undefined || found.timestamp > to) {
        this.#nextToClose = found?.timestamp ?? Number.POSITIVE_INFINITY
        return undefined
      }
      const entry: TimeOrderedEntry<Uint8Array, Uint8Array> = found
      const window = this.#windowAt(entry)
      const value = this.#windows.get(window)!
      const wait = each(window, value, this.#windows.timestamp)
      if (wait !== undefined) return wait.then(() => this.#closeFrom(this.#times.next(entry), to, each))
      found = this.#times.next(entry)
    }
  }

  #expire(): void | Promise<void> {
    const until = Math.min(this.#time - this.#retention, this.#closed)
    this.#known?.drop(until)
    return until < this.#nextToExpire ? undefined : this.#expireUntil(until)
  }

  async #expireUntil(until: number): Promise<void> {
    const left = await this.#times.deleteBetween(this.#nextToExpire, until, mostExpired, (time, rest) => {
      const window = this.#layout.windowAt(time, rest)
      const name = writeWindow(window)
      this.#windows.drop(name, 0, name.length)
      this.#lists?.remove(window)
    })
    this.#nextToExpire = left ?? until + 1
  }

  /** A session that moves its bounds has a new name each time: the list says that it is new, the database is not asked. */
  #has(window: WindowKey<K>): boolean {
    if (this.#layout !== byEnd) return this.#windows.has(window)
    const has = this.#lists!.has(this.#bytesOf(window))
    if (!has) this.#windows.lacks(window)
    return has
  }

  #note(window: WindowBytes, time: number): void {
    this.#times.put(time, this.#layout.restOf(window), nothing)
    this.#lists?.add(window)
    if (time < this.#nextToClose) this.#nextToClose = time
    if (time < this.#nextToExpire) this.#nextToExpire = time
  }

  #forget(window: WindowBytes): void {
    this.#times.delete(this.#layout.timeOf(window), this.#layout.restOf(window))
    this.#lists?.remove(window)
  }

  #isExpired(window: Bounds): boolean {
    return this.#layout.timeOf(window) <= this.#time - this.#retention
  }

  #windowAt({ timestamp, key }: TimeOrderedEntry<Uint8Array, Uint8Array>): WindowKey<K> {
    const window = this.#layout.windowAt(timestamp, asBuffer(key))
    return { key: this.#key.deserialize(new Uint8Array(window.key)), start: window.start, end: window.end }
  }

  #bytesOf({ key, start, end }: WindowKey<K>): WindowBytes {
    return { key: asBuffer(this.#key.serialize(key)), start, end }
  }
}

type Found = TimeOrderedEntry<Uint8Array, Uint8Array> | undefined
