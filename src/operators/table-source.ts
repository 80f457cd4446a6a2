import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'

/**
 * Reads a stream of records as the changes of a table: a null value deletes. With a store, what follows gets the old value
 * too; without one the table is not kept, and the old value is unknown.
 */
export function tableSource<K, V>(options: { readonly store?: string | undefined } = {}): Operator {
  return (next, context) => {
    const rows = options.store === undefined ? undefined : context.store<K, V>(options.store)
    rows?.listen(next, context.hearing)
    const { asRead, record } = context
    return (key, value, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      if (rows === undefined) return next(key, value, timestamp)
      return rows.put(key, value, timestamp, asRead === true ? record.bytesOf(value) : undefined)
    }
  }
}
