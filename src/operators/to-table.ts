import type { Operator } from './operator.js'
import { tableSource } from './table-source.js'

/** Reads a stream as the changes of a table and keeps them: the same as a table read from a topic. */
export function toTable(options: { readonly store: string }): Operator {
  return tableSource(options)
}
