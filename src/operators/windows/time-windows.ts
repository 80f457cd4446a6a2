import type { Fold } from '../fold.js'
import { nullKey } from '../null-key.js'
import type { Operator } from '../operator.js'
import { after, inOrder, type Wait } from '../suspend.js'
import { endOf, firstStart, type TimeWindows } from './definitions.js'
import { openWindows, type Emit, type WindowsOptions } from './open-windows.js'

/**
 * An aggregate per key and window of one size. A window is closed when its end and grace are behind the latest record that
 * came here; then it takes no more. Semantics of Kafka Streams' `KStreamWindowAggregate`.
 */
export function timeWindowAggregate<K, V, A>(
  options: WindowsOptions & {
    readonly windows: TimeWindows
    readonly fold: Fold<K, V, A>
    readonly emit: Exclude<Emit, 'late'>
  },
): Operator {
  const { windows, fold } = options
  const { step, grace } = windows
  const closedAt = (time: number) => time - grace - windows.size
  return (next, context) => {
    const { kept, observed, observe, close } = openWindows<K, A>(options, closedAt, next, context)

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
