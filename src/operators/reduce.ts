import { aggregated } from './callback.js'
import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'

/** Joins the next value to what there is. */
export type Reducer<K, V> = (aggregate: V, value: V, key: K) => V | null

/** Combines the values of a key; the first one is the first aggregate. Null values are dropped, as in Kafka Streams. */
export function reduce<K, V>(options: { readonly store: string; readonly reducer: Reducer<K, V> }): Operator {
  const { reducer } = options
  return (next, context) => {
    const values = context.store<K, V>(options.store)
    values.listen(next, context.hearing)
    return (key, value, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      if (value == null) return context.count('null_values_dropped')
      const before = values.get(key)
      if (before === undefined) return values.put(key, value, timestamp)
      const latest = Math.max(timestamp, values.timestamp)
      let reduced: V | null
      try {
        reduced = aggregated(reducer(before, value, key))
      } catch (error) {
        return context.fail(error, key, value)
      }
      return values.put(key, reduced, latest)
    }
  }
}
