import type { TimeOrderedEntry, TimeOrderedStore } from '../../store/time-ordered.js'
import type { OperatorContext } from '../operator.js'
import type { Wait } from '../suspend.js'

/** How many fire in one turn: then other tasks, and the bound on uncommitted bytes, have theirs. */
const burst = 64

/** The timers of a store, by the wall clock: the first few are in memory, and one call of the task's waits for the first. */
export class DueTimers<K, V> {
  /** No timer is due before it. */
  earliest: number = Number.POSITIVE_INFINITY
  readonly #store: TimeOrderedStore<K, V>
  readonly #context: OperatorContext
  readonly #fire: (timer: TimeOrderedEntry<K, V>) => Wait
  #cancel = (): void => {}

  /** @param fire called for each timer that is due, in their order; the timer is deleted by then */
  constructor(store: TimeOrderedStore<K, V>, context: OperatorContext, fire: (timer: TimeOrderedEntry<K, V>) => Wait) {
    this.#store = store
    this.#context = context
    this.#fire = fire
    const first = store.next()
    if (first instanceof Promise) context.onStart(first.then(found => this.#wakeAt(found?.timestamp ?? this.earliest)))
    else if (first !== undefined) this.#wakeAt(first.timestamp)
  }

  /** A timer was put into the store. */
  added(due: number): void {
    if (due < this.earliest) this.#wakeAt(due)
  }

  #wakeAt(time: number): void {
    this.earliest = time
    this.#cancel()
    if (time < Number.POSITIVE_INFINITY) this.#cancel = this.#context.whenRoom(time, now => this.#fireUpTo(now))
  }

  #fireUpTo(now: number): Wait {
    let left = burst
    const from = (found: Found<K, V> | Promise<Found<K, V>>): Wait => {
      let timer = found
      for (;;) {
        if (timer instanceof Promise) return timer.then(from)
        if (timer === undefined || timer.timestamp > now || left === 0) {
          return this.#wakeAt(timer?.timestamp ?? Number.POSITIVE_INFINITY)
        }
        left--
        const current: TimeOrderedEntry<K, V> = timer
        this.#store.delete(current.timestamp, current.key, now)
        const wait = this.#fire(current)
        if (wait !== undefined) return wait.then(() => from(this.#store.next(current)))
        timer = this.#store.next(current)
      }
    }
    return from(this.#store.next())
  }
}

type Found<K, V> = TimeOrderedEntry<K, V> | undefined
