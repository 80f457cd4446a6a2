import type { Operator } from './operator.js'
import { tableAggregate } from './table-aggregate.js'

/** The number of rows per group of a table. A group that all rows have left stays, with 0. */
export function tableCount<K>(options: { readonly store: string }): Operator {
  return tableAggregate<K, unknown, number>({
    store: options.store,
    initial: () => 0,
    add: count => count + 1,
    subtract: count => count - 1,
  })
}
