import type { KeyValueStore } from '../store/key-value.js'
import { bind, plain, type Callback } from './callback.js'
import type { Operator } from './operator.js'
import type { Joiner } from './row-joiner.js'

/**
 * Looks each record up in a global table, by a key made of the record. The result has the record's key and timestamp. As in
 * Kafka Streams a null value is dropped, and a key of null is that of no row: a left join goes on without one.
 */
export function globalJoin<K, V, K2, T, R>(options: {
  readonly table: string
  readonly on: Callback<K, V, K2 | null>
  readonly joiner: Joiner<K, V, T | null, R>
  readonly left: boolean
}): Operator {
  const { joiner, left } = options
  return (next, context) => {
    const table = context.store<KeyValueStore<K2, T>>(options.table)
    const keyOf = bind(options.on, context)
    return (key, value, timestamp) => {
      if (value == null) return context.count('null_values_dropped')
      let joined: R
      try {
        const on = plain(keyOf(value, key, timestamp))
        const row = on == null ? undefined : table.get(on)
        if (row === undefined && !left) return on == null ? context.count('null_keys_dropped') : undefined
        joined = plain(joiner(value, row ?? null, key))
      } catch (error) {
        return context.fail(error, key, value)
      }
      return next(key, joined, timestamp)
    }
  }
}
