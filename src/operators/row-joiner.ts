import { plain } from './callback.js'
import type { OperatorContext, Process } from './operator.js'
import type { Wait } from './suspend.js'
import { openTable, type TableView } from './table-view.js'

/** Combines the two sides of a join. */
export type Joiner<K, A, B, R> = (left: A, right: B, key: K) => R

/**
 * Joins a stream's record with its row: in a versioned table the one of its time, otherwise the present one. What has no
 * key meets none; what is so late that the row of its time is not known any more is counted.
 */
export function rowJoiner<K, V, T, R>(
  { table: view, joiner, left }: RowJoin<K, V, T, R>,
  next: Process,
  context: OperatorContext,
): (key: K, value: V, timestamp: number) => Wait {
  const table = openTable<K, T>(view, context, 'get')
  const find =
    table.at === undefined ? (key: K) => table.get(key) : (key: K, timestamp: number) => table.at!(key, timestamp)
  return (key, value, timestamp) => {
    const row = key == null ? undefined : find(key, timestamp)
    if (row === undefined) {
      if (key != null && table.beyond === true) context.count('late_records')
      if (!left) return
    }
    let joined: R
    try {
      joined = plain(joiner(value, row ?? null, key))
    } catch (error) {
      return context.fail(error, key, value)
    }
    return next(key, joined, timestamp)
  }
}

export interface RowJoin<K, V, T, R> {
  readonly table: TableView
  readonly joiner: Joiner<K, V, T | null, R>
  /** Whether what meets no row goes on with null. */
  readonly left: boolean
}
