import { aggregated } from './callback.js'
import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'

/** Works one value into an aggregate. It may change the aggregate in place, and returns it. */
export type Aggregator<K, V, A> = (aggregate: A, value: V, key: K) => A | null

/** An aggregate per key, of any type. Null values are dropped, as in Kafka Streams. */
export function aggregate<K, V, A>(options: {
  readonly store: string
  readonly initial: () => A
  readonly add: Aggregator<K, V, A>
}): Operator {
  const { initial, add } = options
  return (next, context) => {
    const aggregates = context.store<K, A>(options.store)
    aggregates.listen(next, context.hearing)
    return (key, value, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      if (value == null) return context.count('null_values_dropped')
      const before = aggregates.get(key)
      const latest = before === undefined ? timestamp : Math.max(timestamp, aggregates.timestamp)
      let result: A | null
      try {
        result = aggregated(add(before === undefined ? aggregated(initial()) : before, value, key))
      } catch (error) {
        return context.fail(error, key, value)
      }
      return aggregates.put(key, result, latest)
    }
  }
}
