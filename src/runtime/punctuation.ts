/** A schedule that calls back whenever its time has moved on by `interval` milliseconds. */
interface Schedule {
  next: number
  /** Infinity for a call that comes once. */
  readonly interval: number
  readonly call: (time: number) => void | Promise<void>
}

/**
 * Calls that are due at a time, of the stream or of the wall clock. When time jumps over several intervals a schedule is
 * called once, and the next call keeps to its grid (Kafka Streams' `PunctuationQueue`).
 */
export class Punctuations {
  readonly #schedules = new Set<Schedule>()
  /** Added while others are called: their turn comes with the next `fire`, so that this one ends. */
  readonly #added = new Set<Schedule>()
  readonly #before: () => void
  #firing = false

  /** @param before called ahead of each call */
  constructor(before: () => void = () => {}) {
    this.#before = before
  }

  /**
   * @param first when the first call is due
   * @returns cancels
   */
  add(first: number, interval: number, call: Schedule['call']): () => void {
    const schedule: Schedule = { next: first, interval, call }
    const to = this.#firing ? this.#added : this.#schedules
    to.add(schedule)
    return () => {
      this.#schedules.delete(schedule)
      this.#added.delete(schedule)
    }
  }

  /**
   * A single call.
   *
   * @returns cancels
   */
  once(at: number, call: Schedule['call']): () => void {
    return this.add(at, Number.POSITIVE_INFINITY, call)
  }

  /** When the next call is due; infinity when there is none. */
  get next(): number {
    let next = Number.POSITIVE_INFINITY
    for (const schedule of this.#schedules) if (schedule.next < next) next = schedule.next
    return next
  }

  /** Calls what is due, the earliest first. */
  fire(time: number): void | Promise<void> {
    this.#firing = true
    for (;;) {
      const due = this.#due(time)
      if (due === undefined) return this.#fired()
      if (due.interval === Number.POSITIVE_INFINITY) this.#schedules.delete(due)
      else due.next += (Math.floor((time - due.next) / due.interval) + 1) * due.interval
      this.#before()
      const result = due.call(time)
      if (result !== undefined) return result.then(() => this.fire(time))
    }
  }

  #fired(): void {
    this.#firing = false
    for (const schedule of this.#added) this.#schedules.add(schedule)
    this.#added.clear()
  }

  #due(time: number): Schedule | undefined {
    let due: Schedule | undefined
    for (const schedule of this.#schedules) {
      if (schedule.next <= time && (due === undefined || schedule.next < due.next)) due = schedule
    }
    return due
  }
}
