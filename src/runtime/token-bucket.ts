/** Thousandths add up to a little less than one. */
const tiny = 1e-9

/**
 * A limit to so many per second, evenly: a tenth of a second's worth may come at once, what is not used by then is lost.
 * By the clock that is given.
 */
export class TokenBucket {
  readonly #perMillisecond: number
  readonly #most: number
  readonly #now: () => number
  #tokens: number
  #at: number

  /** @param perSecond above 0, may be less than 1 */
  constructor(perSecond: number, now: () => number) {
    this.#perMillisecond = perSecond / 1_000
    this.#most = Math.max(1, perSecond / 10)
    this.#now = now
    this.#tokens = this.#most
    this.#at = now()
  }

  /** Whether one may go now. */
  get open(): boolean {
    const now = this.#now()
    // A clock that is set back gives nothing and takes nothing.
    const passed = Math.max(0, now - this.#at)
    this.#at = now
    this.#tokens = Math.min(this.#most, this.#tokens + passed * this.#perMillisecond)
    return this.#tokens >= 1 - tiny
  }

  /** When the next one may go, in milliseconds since the epoch, if none goes before. */
  get opensAt(): number {
    return this.open ? this.#at : this.#at + Math.ceil((1 - tiny - this.#tokens) / this.#perMillisecond)
  }

  /** One goes. */
  take(): void {
    this.#tokens -= 1
  }
}
