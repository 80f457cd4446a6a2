import type { Aggregator } from './fold.js'
import { aggregated } from './callback.js'
import type { Change } from './change.js'
import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'

/** An aggregate per group of a table: what leaves a group is subtracted first, then what comes is added. */
export function tableAggregate<K, V, A>(options: {
  readonly store: string
  readonly initial: () => A
  readonly add: Aggregator<K, V, A>
  readonly subtract: Aggregator<K, V, A>
}): Operator {
  const { initial, add, subtract } = options
  return (next, context) => {
    const aggregates = context.store<K, A>(options.store)
    aggregates.listen(next, context.hearing)
    return (key: K, change: Change<V>, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, change)
      const before = aggregates.get(key) ?? null
      const latest = Math.max(timestamp, aggregates.timestamp)
      let result: A | null = before
      try {
        if (change.old !== null && before !== null) result = aggregated(subtract(before, change.old, key))
        if (change.next !== null) result = aggregated(add(result ?? aggregated(initial()), change.next, key))
      } catch (error) {
        return context.fail(error, key, change)
      }
      return aggregates.put(key, result, latest)
    }
  }
}
