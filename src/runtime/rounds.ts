import type { Clock } from '../time.js'

/**
 * Does something from time to time, one round after the other, until it is stopped: a round that is under way then is the
 * last one. Nothing may depend on a single round: one that fails is made up for by the next.
 *
 * @param interval milliseconds before each round
 * @returns stops
 */
export function rounds(clock: Clock, interval: number, round: () => Promise<void>): () => void {
  let stopped = false
  let cancel = (): void => {}
  const next = (): void => {
    if (!stopped) cancel = clock.after(interval, () => void once())
  }
  const once = async (): Promise<void> => {
    await round().catch(() => {})
    next()
  }
  next()
  return () => {
    stopped = true
    cancel()
  }
}
