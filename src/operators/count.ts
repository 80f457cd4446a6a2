import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'

/** The number of records per key so far. Null values do not count, as in Kafka Streams. */
export function count<K>(options: { readonly store: string }): Operator {
  return (next, context) => {
    const counts = context.store<K, number>(options.store)
    counts.listen(next, context.hearing)
    return (key, value, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      if (value == null) return context.count('null_values_dropped')
      const before = counts.get(key)
      if (before === undefined) return counts.put(key, 1, timestamp)
      return counts.put(key, before + 1, Math.max(timestamp, counts.timestamp))
    }
  }
}
