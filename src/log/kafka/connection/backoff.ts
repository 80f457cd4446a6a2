/** How long to wait before the next attempt. */
export interface BackoffOptions {
  /** Milliseconds before the first repetition. */
  readonly initialRetryTime: number
  readonly maxRetryTime: number
  /** Each wait is so many times the one before; 2 where left out. */
  readonly growth?: number
}

/** Waits that grow from attempt to attempt, each spread by ±20 % so that clients do not come back all at once. */
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
    const { growth = 2, maxRetryTime } = this.#options
    this.#next = Math.min(this.#next * growth, maxRetryTime)
    return delay
  }

  succeeded(): void {
    this.#attempts = 0
    this.#next = this.#options.initialRetryTime
  }
}
