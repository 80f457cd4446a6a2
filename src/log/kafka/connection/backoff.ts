/** How long to wait before the next attempt. */
export interface BackoffOptions {
  /** Milliseconds before the first repetition. */
  readonly initialRetryTime: number
  readonly maxRetryTime: number
}

/** Waits that double from attempt to attempt, each spread by ±20 % so that clients do not come back all at once. */
export class Backoff {
  readonly #options: BackoffOptions
  #next: number
  #attempts = 0

  constructor(options: BackoffOptions) {
    this.#options = options
    this.#next = options.initialRetryTime
  }

  /** Failures since the last success. */
  get attempts(): number {
    return this.#attempts
  }

  /** The wait after one more failure, in milliseconds. */
  delay(): number {
    this.#attempts++
    const delay = this.#next * (0.8 + Math.random() * 0.4)
    this.#next = Math.min(this.#next * 2, this.#options.maxRetryTime)
    return delay
  }

  succeeded(): void {
    this.#attempts = 0
    this.#next = this.#options.initialRetryTime
  }
}
