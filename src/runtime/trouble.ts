import { steadyTime, type Clock } from '../time.js'

const firstRest = 100
const longestRest = 5_000
/** After so long without trouble, in milliseconds, the next one is another. */
const calm = 60_000

/**
 * What has a worker begin again from what is committed, time after time, or global tables from what they have taken in. It is
 * over once a commit takes something along: one that only says where tasks begin proves nothing, for it comes before the
 * record that fails. Where there is nothing to take along, it is over after a minute.
 */
export class Trouble {
  readonly #clock: Clock
  /** When brokers began to fail. */
  #outage: number | undefined
  /** Since when nothing has failed, and nothing is under way that may. */
  #calm: number | undefined
  #nextRest = 0
  #endRest = (): void => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The brokers have failed. Answers for how long they have done so, in milliseconds. */
  outage(): number {
    const now = steadyTime(this.#clock)
    this.#lookBack(now)
    this.#outage ??= now
    return now - this.#outage
  }

  /**
   * Waits before a new beginning: not at all at first, then longer and longer. Each is a rebalance of the whole group, and
   * what refuses one instance for good must not keep the others busy.
   */
  async rest(): Promise<void> {
    this.tries()
    const ms = this.#nextRest
    this.#nextRest = Math.min(Math.max(firstRest, 2 * ms), longestRest)
    if (ms === 0) return
    let cancel = (): void => {}
    await new Promise<void>(resolve => {
      this.#endRest = resolve
      cancel = this.#clock.after(ms, resolve)
    })
    cancel()
  }

  /** Something begins that may fail, perhaps after minutes: what is waited for is no calm. */
  tries(): void {
    this.#lookBack(steadyTime(this.#clock))
    this.#calm = undefined
  }

  /** A commit has succeeded, or a join; of global tables, rows are written, or it was looked for new partitions. */
  settled(tookSomething: boolean): void {
    if (tookSomething) this.#over()
    else this.#calm ??= steadyTime(this.#clock)
  }

  /** Ends a rest that is under way. */
  wake(): void {
    this.#endRest()
  }

  #lookBack(now: number): void {
    if (this.#calm !== undefined && now - this.#calm >= calm) this.#over()
  }

  #over(): void {
    this.#outage = undefined
    this.#calm = undefined
    this.#nextRest = 0
  }
}
