import type { OperatorContext } from './operator.js'
import { openTable, type TableView } from './table-view.js'

/** How a stream's record finds its row: in a versioned table the one of its time, otherwise the present one. */
export function rowFinder<K, T>(
  view: TableView,
  context: OperatorContext,
): (key: K, timestamp: number) => T | undefined {
  const table = openTable<K, T>(view, context, 'get')
  return table.at === undefined ? key => table.get(key) : (key, timestamp) => table.at!(key, timestamp)
}
