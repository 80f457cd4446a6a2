import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'
import { rowJoiner, type RowJoin } from './row-joiner.js'

/**
 * Looks up each record's key in the table as it is now, in a versioned one as it was at the record's time. The result has
 * the record's timestamp. As in Kafka Streams, a null value is dropped, and a left join takes a null key (KIP-962), which
 * meets nothing.
 */
export function streamTableJoin<K, V, T, R>(options: RowJoin<K, V, T, R>): Operator {
  return (next, context) => {
    const join = rowJoiner(options, next, context)
    return (key: K, value: V | null, timestamp) => {
      if (value == null) return context.count('null_values_dropped')
      if (key == null && !options.left) return context.fail(nullKey(context), key, value)
      return join(key, value, timestamp)
    }
  }
}
