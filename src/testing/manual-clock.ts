import type { Clock } from '../time.js'

interface Timer {
  readonly at: number
  readonly call: () => void
}

/** Time that stands still until it is moved. */
export class ManualClock implements Clock {
  #now: number
  #timers: Timer[] = []

  /** @param now milliseconds since the epoch */
  constructor(now: number = 0) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  after(ms: number, call: () => void): () => void {
    // Its times are whole, as the system's are.
    const timer = { at: this.#now + Math.ceil(ms), call }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(each => each !== timer)
    }
  }

  /** When the next timer is due; `undefined` when there is none. */
  get next(): number | undefined {
    return this.#timers.length === 0 ? undefined : Math.min(...this.#timers.map(({ at }) => at))
  }

  /** Sets the time and calls what is due by then, the earliest first. */
  moveTo(time: number): void {
    for (let next = this.next; next !== undefined && next <= time; next = this.next) {
      this.#now = Math.max(this.#now, next)
      const due = this.#timers.find(({ at }) => at === next)!
      this.#timers = this.#timers.filter(each => each !== due)
      due.call()
    }
    this.#now = time
  }
}
