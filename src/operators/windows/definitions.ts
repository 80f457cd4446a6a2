/** Windows of one size, on a grid of steps from 0 on: tumbling where the step is the size, hopping where it is less. */
export interface TimeWindows {
  readonly kind: 'time'
  /** Milliseconds; infinity for one window without an end. */
  readonly size: number
  /** Milliseconds from the start of a window to that of the next. */
  readonly step: number
  /** Milliseconds of stream time for which a window takes late records behind its end. */
  readonly grace: number
  /** Where the first window starts, in milliseconds since the epoch. */
  readonly from: number
}

/** Windows that lie over the records: whatever is at most `difference` milliseconds apart shares one. Both ends inclusive. */
export interface SlidingWindows {
  readonly kind: 'sliding'
  readonly difference: number
  /** Milliseconds of stream time for which a window takes late records behind its end. */
  readonly grace: number
}

/** Records of a key with at most `gap` milliseconds between one and the next. Both ends inclusive. */
export interface SessionWindows {
  readonly kind: 'session'
  readonly gap: number
  /** Milliseconds of stream time for which a session takes late records behind its end and `gap`. */
  readonly grace: number
}

export type Windows = TimeWindows | SlidingWindows | SessionWindows

/** The start of the first window that holds a time. Kafka Streams' `TimeWindows.windowsFor`. */
export function firstStart({ size, step, from }: TimeWindows, timestamp: number): number {
  if (size === Number.POSITIVE_INFINITY) return from
  return Math.floor(Math.max(0, timestamp - size + step) / step) * step
}

/** The start of the last window that holds a time. */
export function lastStart({ size, step, from }: TimeWindows, timestamp: number): number {
  return size === Number.POSITIVE_INFINITY ? from : Math.floor(timestamp / step) * step
}

/** The end of a window without an end. */
const noEnd: number = Number.MAX_SAFE_INTEGER

export function endOf({ size }: TimeWindows, start: number): number {
  return size === Number.POSITIVE_INFINITY ? noEnd : start + size
}

/** How long windows take records behind their start, sessions behind their end, in milliseconds. */
export function openFor(windows: Windows): number {
  if (windows.kind === 'time') return windows.size + windows.grace
  return (windows.kind === 'session' ? windows.gap : windows.difference) + windows.grace
}

/**
 * How long a store must keep windows for their operator to see all that a record in time can meet. Kafka Streams keeps
 * `openFor` of sessions, and forgets one in the last millisecond in which it is open.
 */
export function neededFor(windows: Windows): number {
  if (windows.kind === 'time') return windows.size + windows.grace
  if (windows.kind === 'session') return windows.gap + windows.grace + 1
  return windows.difference * 3 + windows.grace + 2
}

/** For how long behind its end a window is open, in milliseconds: what `suppress` waits for. */
export function openAfterEnd(windows: Windows): number {
  return windows.grace + (windows.kind === 'session' ? windows.gap : 0)
}
