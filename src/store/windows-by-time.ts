import { asBuffer } from '../serde/buffer.js'
import { bytes } from '../serde/bytes.js'
import type { ManagedStore } from './key-value.js'
import type { StateStore, StateWrites } from './state-db.js'
import { createTimeOrderedStore, type TimeOrderedEntry, type TimeOrderedStore } from './time-ordered.js'
import { placeOf, type TimeLayout, type WindowBytes } from './window-bytes.js'

const nothing = new Uint8Array(0)
/** What is deleted stays in memory until the commit: one commit takes about so many, the next goes on. */
const mostExpired = 16_384

/**
 * Which windows there are, in the order in which they close, and how far closing and expiry have come in it: what `close`
 * has yet to hand out does not expire. It follows from the windows themselves: no changelog has it, a restore makes it anew.
 */
export class WindowsByTime<E> {
  readonly store: TimeOrderedStore<Uint8Array, Uint8Array> & ManagedStore
  readonly #layout: TimeLayout
  readonly #handOut: (window: WindowBytes, each: E) => void | Promise<void>
  /** No window that `close` has yet to hand out has an earlier time. */
  #nextToClose = 0
  /** `close` has handed out everything up to here; infinity where it is not used. */
  #closed = Number.POSITIVE_INFINITY
  /** No window that is left has an earlier time. */
  #nextToExpire = 0

  /** @param handOut gives a window that has closed to what was given to `close` */
  constructor(
    options: { readonly name: string; readonly db: StateStore; readonly cacheBytes: number },
    layout: TimeLayout,
    handOut: (window: WindowBytes, each: E) => void | Promise<void>,
  ) {
    this.store = createTimeOrderedStore({ ...options, key: bytes, value: bytes })
    this.#layout = layout
    this.#handOut = handOut
  }

  add(window: WindowBytes): void {
    const time = this.#layout.timeOf(window)
    this.store.put(time, this.#layout.restOf(window), nothing)
    if (time < this.#nextToClose) this.#nextToClose = time
    if (time < this.#nextToExpire) this.#nextToExpire = time
  }

  remove(window: WindowBytes): void {
    this.store.delete(this.#layout.timeOf(window), this.#layout.restOf(window))
  }

  restore(window: WindowBytes, present: boolean, batch: StateWrites): void {
    const timestamp = this.#layout.timeOf(window)
    const buffer = placeOf(timestamp, this.#layout.restOf(window))
    const valueEnd = present ? 0 : -1
    this.store.restore({ buffer, keyStart: 0, keyEnd: buffer.length, valueStart: 0, valueEnd, timestamp }, batch)
  }

  /** All up to this time was handed out; the rest must not expire. */
  closedUntil(time: number): void {
    this.#closed = time
  }

  /** Hands out the windows behind those that were handed out, up to the time `until`. */
  close(until: number, each: E): void | Promise<void> {
    const from = this.#closed + 1
    if (until < from) return undefined
    this.#closed = until
    return until < this.#nextToClose ? undefined : this.#closeFrom(this.store.next(Math.max(0, from)), until, each)
  }

  /** How far windows may expire that are to expire up to this time. */
  mayExpire(until: number): number {
    return Math.min(until, this.#closed)
  }

  /**
   * Takes out the windows up to a time, or the first of very many.
   *
   * @param each deletes the window itself
   */
  expire(until: number, each: (window: WindowBytes) => void): void | Promise<void> {
    return until < this.#nextToExpire ? undefined : this.#expireUntil(until, each)
  }

  forget(): void {
    this.#nextToClose = 0
    this.#nextToExpire = 0
    this.#closed = Number.POSITIVE_INFINITY
  }

  #closeFrom(found: Found | Promise<Found>, to: number, each: E): void | Promise<void> {
    for (;;) {
      if (found instanceof Promise) return found.then(entry => this.#closeFrom(entry, to, each))
      if (found === undefined || found.timestamp > to) {
        this.#nextToClose = found?.timestamp ?? Number.POSITIVE_INFINITY
        return undefined
      }
      const entry: TimeOrderedEntry<Uint8Array, Uint8Array> = found
      const wait = this.#handOut(this.#layout.windowAt(entry.timestamp, asBuffer(entry.key)), each)
      if (wait !== undefined) return wait.then(() => this.#closeFrom(this.store.next(entry), to, each))
      found = this.store.next(entry)
    }
  }

  async #expireUntil(until: number, each: (window: WindowBytes) => void): Promise<void> {
    const left = await this.store.deleteBetween(this.#nextToExpire, until, mostExpired, (time, rest) =>
      each(this.#layout.windowAt(time, rest)),
    )
    this.#nextToExpire = left ?? until + 1
  }
}

type Found = TimeOrderedEntry<Uint8Array, Uint8Array> | undefined
