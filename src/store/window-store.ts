import { asBuffer } from '../serde/buffer.js'
import type { Serde } from '../serde/serde.js'
import { windowBytes, windowed, type WindowKey } from '../serde/windowed.js'
import { createKeyValueStore, type CachedStore } from './cached-store.js'
import type { Holding } from './held-time.js'
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
import { RememberedForm } from './remembered-form.js'
import type { RememberedNumber } from './remembered-number.js'
import type { StateBatch, StateStore, StateWrites } from './state-db.js'
import type { Suffix } from './suffixes.js'
import { byEnd, byStart, readWindow, writeWindow, type TimeLayout, type WindowBytes } from './window-bytes.js'
import { storable } from './unstorable.js'
import { namedForm, windowForm } from './window-form.js'
import { WindowLists, type Bounds } from './window-lists.js'
import { WindowTimes } from './window-times.js'
import { WindowsByTime } from './windows-by-time.js'

/** Gets a window that has closed, with its value. */
export type ClosedWindow<K, V> = (key: WindowKey<K>, value: V, timestamp: number) => void | Promise<void>

/**
 * Aggregates by key and window. What is older than the retention, counted back from the latest window (or from what is
 * pending, where that is older), is not answered any more and gets deleted at the next commit, from the changelog too,
 * without a word to the listener.
 */
export interface WindowStore<K, V> extends KeyValueStore<WindowKey<K>, V> {
  /** A time that outlasts a restart with the windows that depend on it; -1 at first. Ids from 0 to 124. */
  clock(id: number): RememberedNumber
  /** What came ahead of that clock while it stood still; it outlasts a restart, too. */
  ahead(id: number): RememberedNumber
  /** Windows stay for what is pending. */
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

/** A store of windows or sessions over a state database. */
export function createWindowStore<K, V>(options: WindowStoreOptions<K, V>): WindowStore<K, V> & ManagedStore {
  return new WindowedStore(options)
}

class WindowedStore<K, V> implements WindowStore<K, V>, ManagedStore {
  readonly name: string
  readonly #key: Serde<K>
  readonly #retention: number
  readonly #layout: TimeLayout
  readonly #windows: CachedStore<WindowKey<K>, V>
  /** Of windows of one size. */
  readonly #known: KnownWindows | undefined
  readonly #times: WindowTimes
  readonly #form: RememberedForm
  readonly #byTime: WindowsByTime<ClosedWindow<K, V>>
  readonly #lists: WindowLists | undefined
  /** All the stores that make it up. */
  readonly #parts: readonly ManagedStore[]

  constructor(options: WindowStoreOptions<K, V>) {
    const { name, key, value, db, beside, cache, size, reach } = options
    const isSession = size === 'session'
    const width = isSession ? Number.POSITIVE_INFINITY : reach === undefined ? undefined : Math.max(1, reach)
    const share = Math.floor(options.cacheBytes / (width === undefined ? 5 : 8))
    this.name = name
    this.#key = storable(key, name)
    this.#retention = options.retention
    this.#layout = isSession ? byEnd : byStart(size)
    this.#times = new WindowTimes(name, beside('~clocks'), isSession ? 0 : size)
    const knownBytes = isSession ? 0 : share
    this.#known = size === 'session' ? undefined : new KnownWindows(size, knownBytes, this.#times.latest)
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
    const byTime = { name, db: beside('~times'), cacheBytes: share }
    this.#byTime = new WindowsByTime(byTime, this.#layout, (window, each) => this.#handOut(window, each))
    const listsDb = beside('~lists')
    const form = windowForm(size, width !== undefined)
    this.#form = new RememberedForm(name, this.#times.form, form, namedForm)
    this.#lists = width === undefined ? undefined : new WindowLists(listsDb, width, share * 3)
    const lists = this.#lists === undefined ? [] : [this.#lists.store]
    this.#parts = [this.#windows, this.#byTime.store, ...lists, this.#times.store]
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
    this.#times.put(time)
    this.#form.put()
    if (isOther) {
      if (value === null) this.#forget(this.#bytesOf(window))
      else this.#note(this.#bytesOf(window))
    }
    return this.#windows.put(window, value, timestamp)
  }

  undoOf(window: WindowKey<K>): Undo {
    this.#known?.begin()
    const undoTimes = this.#times.undo()
    const had = this.#has(window)
    const undo = this.#windows.undoOf(window)
    const name = this.#bytesOf(window)
    return () => {
      undo()
      undoTimes()
      if (had) this.#note(name)
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

  clock(id: number): RememberedNumber {
    return this.#times.clock(id)
  }

  ahead(id: number): RememberedNumber {
    return this.#times.ahead(id)
  }

  heldBy(holding: Holding): void {
    this.#times.heldBy(holding)
  }

  windowsOf(key: K, from: number, to: number): readonly Bounds[] {
    const isSession = this.#layout === byEnd
    // No window starts behind the latest one, and what lies before the retention is gone: that bounds how many lists are read.
    const first = isSession ? from : Math.max(0, from, this.#times.reached - this.#retention)
    const last = isSession ? to : Math.min(to, this.#times.latest.value)
    const found = this.#lists!.find(this.#key.serialize(key), first, last)
    const oldest = found[0]
    return oldest === undefined || !this.#isExpired(oldest) ? found : found.filter(each => !this.#isExpired(each))
  }

  close(until: number, each: ClosedWindow<K, V>): void | Promise<void> {
    return this.#byTime.close(until, each)
  }

  check(value: V): void {
    this.#windows.check(value)
  }

  closedUntil(time: number): void {
    this.#byTime.closedUntil(time)
  }

  fits(): void {
    this.#form.check()
  }

  get uncommittedBytes(): number {
    return this.#parts.reduce((sum, part) => sum + part.uncommittedBytes, 0)
  }

  flush(): void | Promise<void> {
    const told = this.#windows.flush()
    return told === undefined ? this.#expire() : told.then(() => this.#expire())
  }

  drain(changelog: ChangelogWriter | undefined, batch: StateBatch): void {
    this.#times.save()
    this.#form.save(this.#times.latest.value)
    this.#windows.drain(changelog, batch)
    this.#times.store.drain(changelog, batch)
    this.#byTime.store.drain(undefined, batch)
    this.#lists?.store.drain(undefined, batch)
  }

  committed(): void {
    for (const part of this.#parts) part.committed()
  }

  discard(): void {
    for (const part of this.#parts) part.discard()
    this.#times.forget()
    this.#form.forget()
    this.#byTime.forget()
    this.#known?.forget()
  }

  get restoresByReading(): boolean {
    return this.#lists !== undefined
  }

  restore(change: ChangeBytes, batch: StateWrites): void {
    this.#known?.forget()
    const { buffer, keyStart, keyEnd } = change
    // A clock's name is shorter than any window's.
    if (keyEnd - keyStart < windowBytes) return this.#times.store.restore(change, batch)
    this.#windows.restore(change, batch)
    const window = readWindow(buffer.subarray(keyStart, keyEnd))
    const present = change.valueEnd >= 0
    this.#byTime.restore(window, present, batch)
    this.#lists?.restore(window, present, batch)
  }

  #handOut(window: WindowBytes, each: ClosedWindow<K, V>): void | Promise<void> {
    const key = this.#key.deserialize(new Uint8Array(window.key))
    const closed = { key, start: window.start, end: window.end }
    const value = this.#windows.get(closed)!
    return each(closed, value, this.#windows.timestamp)
  }

  #expire(): void | Promise<void> {
    const until = this.#byTime.mayExpire(this.#times.reached - this.#retention)
    this.#known?.drop(until)
    return this.#byTime.expire(until, window => {
      const name = writeWindow(window)
      this.#windows.drop(name, 0, name.length)
      this.#lists?.remove(window)
    })
  }

  /** A session that moves its bounds has a new name each time: the list says that it is new, the database is not asked. */
  #has(window: WindowKey<K>): boolean {
    if (this.#layout !== byEnd) return this.#windows.has(window)
    const has = this.#lists!.has(this.#bytesOf(window))
    if (!has) this.#windows.lacks(window)
    return has
  }

  #note(window: WindowBytes): void {
    this.#byTime.add(window)
    this.#lists?.add(window)
  }

  #forget(window: WindowBytes): void {
    this.#byTime.remove(window)
    this.#lists?.remove(window)
  }

  #isExpired(window: Bounds): boolean {
    return this.#layout.timeOf(window) <= this.#times.reached - this.#retention
  }

  #bytesOf({ key, start, end }: WindowKey<K>): WindowBytes {
    return { key: asBuffer(this.#key.serialize(key)), start, end }
  }
}
