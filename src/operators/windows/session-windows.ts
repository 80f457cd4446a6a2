import type { Bounds } from '../../store/window-lists.js'
import type { Fold, Merge } from '../fold.js'
import { nullKey } from '../null-key.js'
import type { Operator } from '../operator.js'
import { after, inOrder, type Wait } from '../suspend.js'
import type { SessionWindows } from './definitions.js'
import { openWindows, type WindowsOptions } from './open-windows.js'

/**
 * An aggregate per key and session. A record makes one session of all those that it comes close to: they are deleted, then
 * theirs is told. Those that have closed stay as they are. Semantics of Kafka Streams' `KStreamSessionWindowAggregate` over
 * the store that it makes by default, which no longer finds what has closed.
 */
export function sessionAggregate<K, V, A>(
  options: WindowsOptions & {
    readonly windows: SessionWindows
    readonly fold: Fold<K, V, A>
    readonly merge: Merge<K, A>
  },
): Operator {
  const { fold, merge, emit, side } = options
  const { gap, grace } = options.windows
  const closedAt = (time: number) => time - grace - gap - 1
  return (next, context) => {
    const { kept, observed, observe, close } = openWindows<K, A>(options, closedAt, next, context)

    /** The aggregate of the sessions that a record brings together, with its value. */
    const merged = (key: K, value: V, sessions: readonly Bounds[]): A | null => {
      let aggregate: A | undefined
      for (const { start, end } of sessions) {
        aggregate = merge(aggregate, kept.get({ key, start, end })!, key) ?? undefined
      }
      return fold(aggregate, value, key)
    }

    return (key, value, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      if (value == null) return emit === 'late' ? undefined : context.count('null_values_dropped')
      observe(timestamp)
      /** A session that ends then or later is open. */
      const open = closedAt(observed.value) + 1
      // What has closed for one of several streams may be open for another, and is met.
      const from = side === undefined ? Math.max(timestamp - gap, open) : timestamp - gap
      const sessions = kept.windowsOf(key, from, timestamp + gap)
      let start = timestamp
      let end = timestamp
      for (const session of sessions) {
        if (session.start < start) start = session.start
        if (session.end > end) end = session.end
      }
      if (end < open) {
        if (emit === 'late') return next(key, value, timestamp)
        context.count('late_records')
        return close()
      }
      let result: A | null
      try {
        result = merged(key, value, sessions)
        // Before the sessions go that it takes the place of.
        if (sessions.length > 0 && result !== null) kept.check(result)
      } catch (error) {
        return after(context.fail(error, key, value), close)
      }
      // A session that is one point in time, and is still that, is updated in its place.
      const remove = (session: Bounds): Wait =>
        start === end ? undefined : kept.put({ key, ...session }, null, session.end)
      const removed = inOrder(sessions, remove)
      return after(
        after(removed, () => kept.put({ key, start, end }, result, end)),
        close,
      )
    }
  }
}
