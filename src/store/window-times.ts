import { bytes } from '../serde/bytes.js'
import { createKeyValueStore, type CachedStore } from './cached-store.js'
import { HeldTime, type Holding } from './held-time.js'
import { RememberedTime } from './remembered-time.js'
import type { StateStore } from './state-db.js'

// Of the operators' clocks: 0 to 250.
const latest = 251
const held = 252

/**
 * The times that a store of windows remembers, and from them, what its windows expire by: the latest of them. Where stream
 * time stands still for records that are pending, windows may lie ahead of it; what those records need has to stay until
 * then. Who owns the store decides how that is known:
 *
 * - An operator has a clock, which stands still by itself (`streamClock`) and is exact: it goes on with each record that was
 *   held further up and comes only now. Of several operators the one counts that has come furthest.
 * - A processor has none, and puts what it likes. A time is held for it, with room for what comes late (`HeldTime`).
 */
export class WindowTimes {
  readonly store: CachedStore<Uint8Array, Uint8Array>
  /** The largest time of a window that was put. */
  readonly latest: RememberedTime
  readonly #behind: number
  readonly #byId = new Map<number, RememberedTime>()
  readonly #clocks: RememberedTime[] = []
  #held: HeldTime | undefined

  /** @param behind the windows of a record begin by less than so many milliseconds before it */
  constructor(name: string, db: StateStore, behind: number) {
    this.store = createKeyValueStore({ name, key: bytes, value: bytes, db, cache: false, cacheBytes: 0 })
    this.#behind = behind
    this.latest = this.#time(latest)
  }

  clock(id: number): RememberedTime {
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    const clock = this.#time(id)
    this.#clocks.push(clock)
    return clock
  }

  heldBy(holding: Holding): void {
    this.#held ??= new HeldTime(this.#time(held), this.#behind)
    this.#held.heldBy(holding)
  }

  /** What windows expire by; -1 before the first. */
  get reached(): number {
    if (this.#held !== undefined) return this.#held.value
    let reached = -1
    for (const { value } of this.#clocks) if (value > reached) reached = value
    return reached < 0 ? this.latest.value : Math.min(reached, this.latest.value)
  }

  /** A window of this time is put. */
  put(time: number): void {
    if (time > this.latest.value) this.latest.value = time
    this.#held?.goOn(this.latest.value)
  }

  /** What takes back how far puts move the times from here on. */
  undo(): () => void {
    const latestBefore = this.latest.value
    const heldBefore = this.#held?.value
    return () => {
      this.latest.value = latestBefore
      if (heldBefore !== undefined) this.#held!.backTo(heldBefore)
    }
  }

  /** Has the next drain take along what has changed. */
  save(): void {
    for (const time of this.#byId.values()) time.save()
  }

  /** Back to what was committed. */
  forget(): void {
    for (const time of this.#byId.values()) time.forget()
    this.#held?.forget()
  }

  #time(id: number): RememberedTime {
    const time = new RememberedTime(this.store, id)
    this.#byId.set(id, time)
    return time
  }
}
