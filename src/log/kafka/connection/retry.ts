import { SluiceError } from '../../../errors.js'
import { Backoff, type BackoffOptions } from './backoff.js'
import { ConnectionLost } from './broker-connection.js'
import { pause } from './pause.js'

/** Thrown by an attempt that may succeed later. */
export class TryAgain extends Error {
  /** Milliseconds until the next attempt, where the usual backoff is too long. */
  readonly delay: number | undefined

  constructor(why: string, delay?: number) {
    super(why)
    this.name = 'TryAgain'
    this.delay = delay
  }
}

export interface RetryOptions {
  /** What is tried, for the message: `finding the coordinator of group "g"`. */
  readonly what: string
  /** Milliseconds until it is given up. */
  readonly timeout: number
  readonly backoff: BackoffOptions
  /** Any of them ends it. */
  readonly signals: readonly AbortSignal[]
  /** Told of every lost connection. */
  readonly report: (what: string, cause: unknown) => void
}

/**
 * Repeats an attempt that failed for a passing reason (`TryAgain`, `ConnectionLost`) until it succeeds.
 *
 * @throws SluiceError BROKER when the time is over, NOT_RUNNING when the signal came; whatever else the attempt throws
 */
export async function retry<T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + options.timeout
  const backoff = new Backoff(options.backoff)
  for (;;) {
    if (stopped(options)) throw new SluiceError('NOT_RUNNING', `${options.what}: closed or given up`)
    try {
      return await attempt()
    } catch (cause) {
      if (!(cause instanceof TryAgain || cause instanceof ConnectionLost)) throw cause
      if (stopped(options)) continue
      if (cause instanceof ConnectionLost) options.report(options.what, cause)
      const delay = (cause instanceof TryAgain ? cause.delay : undefined) ?? backoff.delay()
      if (performance.now() + delay > deadline) throw givenUp(options, cause)
      await pause(delay, ...options.signals)
    }
  }
}

function stopped(options: RetryOptions): boolean {
  return options.signals.some(signal => signal.aborted)
}

function givenUp({ what, timeout }: RetryOptions, cause: Error): SluiceError {
  return new SluiceError('BROKER', `${what} did not succeed within ${timeout / 1000} s: ${cause.message}`, {
    hint: 'check that the brokers are up and reachable (at their advertised.listeners, too), and that enough replicas are in sync',
    cause,
  })
}
