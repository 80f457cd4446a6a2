import type { Operator } from './operator.js'
import { tableSource } from './table-source.js'

/** Reads a stream as the changes of a table and keeps them: the same as a table read from a topic. */
export function toTable(options: { readonly store: string }): Operator {
  const source = tableSource(options)
  return (next, context) => {
    const change = source(next, context)
    // A value that is not there deletes, be it null or undefined.
    return (key, value, timestamp) => change(key, value ?? null, timestamp)
  }
}
