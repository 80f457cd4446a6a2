import { aggregated } from './callback.js'
import type { Change } from './change.js'
import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'
import type { Reducer } from './fold.js'

/** Combines the rows of a group; the first one is the first aggregate. What leaves is subtracted before what comes is added. */
export function tableReduce<K, V>(options: {
  readonly store: string
  readonly add: Reducer<K, V>
  readonly subtract: Reducer<K, V>
}): Operator {
  const { add, subtract } = options
  return (next, context) => {
    const values = context.store<K, V>(options.store)
    values.listen(next, context.hearing)
    return (key: K, change: Change<V>, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, change)
      const before = values.get(key) ?? null
      const latest = Math.max(timestamp, values.timestamp)
      let result: V | null = before
      try {
        if (change.old !== null && before !== null) result = aggregated(subtract(before, change.old, key))
        if (change.next !== null) result = result === null ? change.next : aggregated(add(result, change.next, key))
      } catch (error) {
        return context.fail(error, key, change)
      }
      return values.put(key, result, latest)
    }
  }
}
