import type { TimeOrderedStore } from '../../store/time-ordered.js'
import type { Operator } from '../operator.js'
import { nullKey } from '../null-key.js'
import { endOf, lastStart, type SlidingWindows, type TimeWindows } from './definitions.js'
import { streamClock } from './window-clock.js'

/** The records for which every window had closed: those that the aggregates over these windows leave out. */
export function lateRecords(options: {
  /** Keeps the stream time alone. */
  readonly store: string
  readonly windows: TimeWindows | SlidingWindows
}): Operator {
  const { windows } = options
  const isLate =
    windows.kind === 'sliding'
      ? (timestamp: number, closed: number) => timestamp + windows.difference < closed
      : (timestamp: number, closed: number) =>
          timestamp >= windows.from && endOf(windows, lastStart(windows, timestamp)) <= closed
  return (next, context) => {
    const { observed, ahead } = context.store<TimeOrderedStore<unknown, unknown>>(options.store)
    const observe = streamClock(context, observed, () => undefined, ahead)
    return (key, value, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      if (value == null) return
      if (timestamp > observed.value) observe(timestamp)
      else if (isLate(timestamp, observed.value - windows.grace)) return next(key, value, timestamp)
    }
  }
}
