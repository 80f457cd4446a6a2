import type { Serde } from '../../serde/serde.js'
import type { Answer } from '../../serde/subscription.js'
import { plain } from '../callback.js'
import type { Operator } from '../operator.js'
import type { Joiner } from '../row-joiner.js'
import { after } from '../suspend.js'
import { openTable, type TableView } from '../table-view.js'
import { hashOf } from './hash.js'
import type { unansweredOf } from './unanswered.js'

/**
 * Joins each answer with the left row it was asked for (Kafka Streams' `ResponseJoinProcessorSupplier`). An answer to a
 * former value of the row is dropped: that of the present value is on its way. A pair that the joiner fails on is absent,
 * after that was reported.
 */
export function joinAnswer<K, V, V2, R>(options: {
  readonly table: TableView
  readonly value: Serde<V>
  readonly joiner: Joiner<K, V, V2 | null, R>
  readonly primaryKey: Serde<K>
  readonly left: boolean
  readonly unanswered: ReturnType<typeof unansweredOf>
}): Operator {
  const { joiner, left, value: values } = options
  return (next, context) => {
    const unanswered = options.unanswered(context.record, options.primaryKey)
    const rows = openTable<K, V>(options.table, context, 'get')
    return (key: K, { hash, value: foreign }: Answer<V2>, timestamp) => {
      const row = rows.get(key)
      const present = row === undefined ? null : hashOf(values.serialize(row))
      if (!isSame(hash, present)) return context.count('stale_answers')
      unanswered.delete(key)
      if (row === undefined || (foreign === null && !left)) return next(key, null, timestamp)
      let joined: R
      try {
        joined = plain(joiner(row, foreign, key))
      } catch (error) {
        return after(context.fail(error, key, row), () => next(key, null, timestamp))
      }
      return next(key, joined, timestamp)
    }
  }
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0
}
