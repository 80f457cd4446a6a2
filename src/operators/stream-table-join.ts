import { plain } from './callback.js'
import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'
import { rowFinder } from './row-finder.js'
import type { TableView } from './table-view.js'

/** Combines the two sides of a join. */
export type Joiner<K, A, B, R> = (left: A, right: B, key: K) => R

/**
 * Looks up each record's key in the table as it is now, in a versioned one as it was at the record's time. The result has the record's timestamp. As in Kafka Streams, a
 * null value is dropped, and a left join takes a null key (KIP-962), which meets nothing.
 */
export function streamTableJoin<K, V, T, R>(options: {
  readonly table: TableView
  readonly joiner: Joiner<K, V, T | null, R>
  readonly left: boolean
}): Operator {
  const { joiner, left } = options
  return (next, context) => {
    const find = rowFinder<K, T>(options.table, context)
    return (key, value, timestamp) => {
      if (value === null) return context.count('null_values_dropped')
      if (key == null && !left) return context.fail(nullKey(context), key, value)
      const row = key == null ? undefined : find(key, timestamp)
      if (row === undefined && !left) return
      let joined: R
      try {
        joined = plain(joiner(value, row ?? null, key))
      } catch (error) {
        return context.fail(error, key, value)
      }
      return next(key, joined, timestamp)
    }
  }
}
