import { SluiceError } from '../errors.js'
import type { Log } from '../log/log.js'
import type { Settings } from './options.js'

export interface CloseLimitParts {
  readonly log: Log
  /** Whether nobody else uses the log. */
  readonly ownsLog: boolean
  readonly settings: Settings
}

/** How long an end may wait for brokers. Each step of it has a time-out of its own; this one is for all together. */
export class CloseLimit {
  readonly #parts: CloseLimitParts
  #cancel: (() => void) | undefined
  #over = false

  constructor(parts: CloseLimitParts) {
    this.#parts = parts
  }

  begins(): void {
    const { log, ownsLog, settings } = this.#parts
    if (!ownsLog || log.giveUp === undefined) return
    this.#cancel ??= settings.clock.after(settings.closeTimeout, () => {
      this.#over = true
      log.giveUp!()
    })
  }

  ends(): void {
    this.#cancel?.()
  }

  /** What to say in place of an error that comes of giving up. */
  explained(error: unknown): unknown {
    if (!this.#over || !(error instanceof SluiceError)) return error
    const within = `within the ${this.#parts.settings.closeTimeout / 1000} s of closeTimeout`
    return new SluiceError('BROKER', `the brokers did not let it commit ${within}: ${error.what}`, {
      cause: error,
      hint: 'nothing is lost: the next start goes on from the last commit. Check that the brokers are up and reachable',
    })
  }
}
