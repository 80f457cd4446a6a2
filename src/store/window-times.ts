import { bytes } from '../serde/bytes.js'
import { createKeyValueStore, type CachedStore } from './cached-store.js'
import { HeldTime, type Holding } from './held-time.js'
import { RememberedNumber } from './remembered-number.js'
import type { StateStore } from './state-db.js'

// Of the operators' clocks: 0 to 124, and what came ahead of them: 250 down to 126.
const lastAhead = 250
const latest = 251
const held = 252
// Of the form of the windows.
const form = 253

/**
 * The times that a store of windows remembers: its operators' clocks, and what its windows expire by, the latest of them. Where
 * stream time stands still for records that are pending, windows may lie ahead of it; what those records need stays until
 * then (`HeldTime`).
 */
export class WindowTimes {
  readonly store: CachedStore<Uint8Array, Uint8Array>
  /** The largest time of a window that was put. */
  readonly latest: RememberedNumber
  /** What the windows are; for the store, which saves it. */
  readonly form: RememberedNumber
  readonly #byId = new Map<number, RememberedNumber>()
  readonly #reached: HeldTime

  /** @param behind the windows of a record begin by less than so many milliseconds before it */
  constructor(name: string, db: StateStore, behind: number) {
    this.store = createKeyValueStore({ name, key: bytes, value: bytes, db, cache: false, cacheBytes: 0 })
    this.latest = this.clock(latest)
    this.form = new RememberedNumber(this.store, form)
    this.#reached = new HeldTime(this.clock(held), behind)
  }

  clock(id: number): RememberedNumber {
    let clock = this.#byId.get(id)
    if (clock === undefined) this.#byId.set(id, (clock = new RememberedNumber(this.store, id)))
    return clock
  }

  ahead(id: number): RememberedNumber {
    return this.clock(lastAhead - id)
  }

  heldBy(holding: Holding): void {
    this.#reached.heldBy(holding)
  }

  /** What windows expire by; -1 before the first. */
  get reached(): number {
    return this.#reached.value
  }

  /** A window of this time is put. */
  put(time: number): void {
    if (time > this.latest.value) this.latest.value = time
    this.#reached.goOn(this.latest.value)
  }

  /** What takes back how far puts move the times from here on. */
  undo(): () => void {
    const latestBefore = this.latest.value
    const reachedBefore = this.#reached.value
    return () => {
      this.latest.value = latestBefore
      this.#reached.backTo(reachedBefore)
    }
  }

  /** Has the next drain take along what has changed. */
  save(): void {
    for (const time of this.#byId.values()) time.save()
  }

  /** Back to what was committed. */
  forget(): void {
    for (const time of this.#byId.values()) time.forget()
    this.#reached.forget()
  }
}
