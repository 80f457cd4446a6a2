import type { WindowStore } from '../../store/window-store.js'
import type { Fold } from '../fold.js'
import { nullKey } from '../null-key.js'
import type { Operator } from '../operator.js'
import { after, inOrder, type Wait } from '../suspend.js'
import { endOf, firstStart, type TimeWindows } from './definitions.js'
import { closing, streamClock, type Emit } from './window-clock.js'

/**
 * An aggregate per key and window of one size. A window is closed when its end and grace are behind the latest record that
 * came here; then it takes no more. Semantics of Kafka Streams' `KStreamWindowAggregate`.
 */
export function timeWindowAggregate<K, V, A>(options: {
  readonly store: string
  readonly windows: TimeWindows
  readonly fold: Fold<K, V, A>
  readonly emit: Exclude<Emit, 'late'>
  /** Which of several operators over one store it is; the first one, behind which the table begins, is the default. */
  readonly side?: number
}): Operator {
  const { windows, fold, side } = options
  const { step, grace } = windows
  return (next, context) => {
    const kept = context.store<WindowStore<K, A>>(options.store)
    const observed = kept.clock(side ?? 0)
    kept.heldBy(context.record)
    if (options.emit === 'update' && side === undefined) kept.listen(next, context.hearing)
    const close =
      options.emit === 'final' ? closing(kept, observed, next, time => time - grace - windows.size) : () => undefined
    const observe = streamClock(context, observed, close)

    const folded = (key: K, value: V, start: number, timestamp: number): Update<K, A> => {
      const window = { key, start, end: endOf(windows, start) }
      const before = kept.get(window)
      const latest = before === undefined ? timestamp : Math.max(timestamp, kept.timestamp)
      return { window, result: fold(before, value, key), latest }
    }
    const put = ({ window, result, latest }: Update<K, A>): Wait => kept.put(window, result, latest)

    return (key, value, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      if (value == null) return context.count('null_values_dropped')
      observe(timestamp)
      const closed = observed.value - grace
      // All are computed before the first is written: a function that throws leaves nothing half done.
      const updates: Update<K, A>[] = []
      try {
        for (let start = firstStart(windows, timestamp); start <= timestamp; start += step) {
          if (endOf(windows, start) > closed) updates.push(folded(key, value, start, timestamp))
          else context.count('late_records')
        }
      } catch (error) {
        return after(context.fail(error, key, value), close)
      }
      return after(updates.length === 1 ? put(updates[0]!) : inOrder(updates, put), close)
    }
  }
}

interface Update<K, A> {
  readonly window: { readonly key: K; readonly start: number; readonly end: number }
  readonly result: A | null
  readonly latest: number
}
