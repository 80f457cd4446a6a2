import type { Clock } from '../../src/time.js'

/** Time that a test moves. */
export class ManualClock implements Clock {
  #now: number
  #timers: { at: number; call: () => void }[] = []

  constructor(now: number = 1_700_000_000_000) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + ms, call }
    this.#timers.push(timer)
    return () => (this.#timers = this.#timers.filter(other => other !== timer))
  }

  get waiting(): number {
    return this.#timers.length
  }

  advance(ms: number): void {
    this.#now += ms
    const due = this.#timers.filter(timer => timer.at <= this.#now)
    this.#timers = this.#timers.filter(timer => timer.at > this.#now)
    for (const { call } of due) call()
  }
}
