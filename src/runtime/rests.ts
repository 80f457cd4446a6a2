import type { Clock } from '../time.js'

const first = 100
const longest = 5_000

/**
 * Waits before a worker begins again from what is committed: none at first, then longer and longer until a commit succeeds.
 * Each beginning is a rebalance of the whole group, and what refuses one instance for good must not keep the others busy.
 */
export class Rests {
  readonly #clock: Clock
  #next = 0
  #end = (): void => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async take(): Promise<void> {
    const ms = this.#next
    this.#next = Math.min(Math.max(first, 2 * ms), longest)
    if (ms === 0) return
    let cancel = (): void => {}
    await new Promise<void>(resolve => {
      this.#end = resolve
      cancel = this.#clock.after(ms, resolve)
    })
    cancel()
  }

  /** A commit has succeeded. */
  reset(): void {
    this.#next = 0
  }

  /** Ends the one that is under way. */
  end(): void {
    this.#end()
  }
}
