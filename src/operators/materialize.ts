import type { Operator } from './operator.js'

/** Keeps a table that an operator made, so that it can be queried and joined. What follows gets the old values from the store. */
export function materialize<K, V>(options: { readonly store: string }): Operator {
  return (next, context) => {
    const rows = context.store<K, V>(options.store)
    rows.listen(next, context.hearing)
    return (key: K, value: V | null, timestamp) => rows.put(key, value, timestamp)
  }
}
