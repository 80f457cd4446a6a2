import type { RememberedNumber } from '../../store/remembered-number.js'
import type { WindowStore } from '../../store/window-store.js'
import type { OperatorContext, Process } from '../operator.js'
import type { Wait } from '../suspend.js'
import { streamClock } from './window-clock.js'

/** Whether each change is told, or a window once, when it has closed; `late`: only the records that came too late. */
export type Emit = 'update' | 'final' | 'late'

/** What every aggregate over windows says of them. */
export interface WindowsOptions {
  readonly store: string
  readonly emit: Emit
  /** Which of several operators over one store it is; the first one, behind which the table begins, is the default. */
  readonly side?: number
}

/** The windows of an aggregate, and its stream time. */
export interface OpenWindows<K, A> {
  readonly kept: WindowStore<K, A>
  readonly observed: RememberedNumber
  /** To be called for each record: stream time goes on. */
  readonly observe: (timestamp: number) => void
  /** To be called behind each record: tells the windows that have closed, where they are told once. */
  readonly close: () => Wait
}

/** @param closedAt up to which time windows have closed at a stream time; that of a window is its start, of a session its end */
export function openWindows<K, A>(
  { store, emit, side }: WindowsOptions,
  closedAt: (streamTime: number) => number,
  next: Process,
  context: OperatorContext,
): OpenWindows<K, A> {
  const kept = context.store<WindowStore<K, A>>(store)
  const observed = kept.clock(side ?? 0)
  kept.heldBy(context.record)
  if (emit === 'update' && side === undefined) kept.listen(next, context.hearing)
  const close = emit === 'final' ? closing(kept, observed, next, closedAt) : () => undefined
  return { kept, observed, close, observe: streamClock(context, observed, close, kept.ahead(side ?? 0)) }
}

/**
 * Hands out the windows that have closed. Each once, with the timestamp of its value, in the order of their times, then of
 * their keys' bytes.
 */
function closing<K, A>(
  windows: WindowStore<K, A>,
  observed: RememberedNumber,
  next: Process,
  closedAt: (streamTime: number) => number,
): () => Wait {
  windows.closedUntil(closedAt(observed.value))
  const send = (key: unknown, value: A, timestamp: number) => next(key, value, timestamp, null)
  return () => windows.close(closedAt(observed.value), send)
}
