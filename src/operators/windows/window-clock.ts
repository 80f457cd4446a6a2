import type { RememberedTime } from '../../store/remembered-time.js'
import type { WindowStore } from '../../store/window-store.js'
import type { OperatorContext, Process } from '../operator.js'
import type { Wait } from '../suspend.js'

/** Whether each change is told, or a window once, when it has closed; `late`: only the records that came too late. */
export type Emit = 'update' | 'final' | 'late'

/**
 * Hands out the windows that have closed: those up to the time that `closedAt` answers for a stream time. Each once, with
 * the timestamp of its value, in the order of their times, then of their keys' bytes.
 */
export function closing<K, A>(
  windows: WindowStore<K, A>,
  observed: RememberedTime,
  next: Process,
  closedAt: (streamTime: number) => number,
): () => Wait {
  windows.closedUntil(closedAt(observed.value))
  const send = (key: unknown, value: A, timestamp: number) => next(key, value, timestamp, null)
  return () => windows.close(closedAt(observed.value), send)
}

/** Moves an operator's stream time on while its inputs are silent. */
export function movedByIdle(context: OperatorContext, observed: RememberedTime, moved: () => Wait): void {
  context.onIdle(by => {
    if (observed.value < 0) return undefined
    observed.value += by
    return moved()
  })
}
