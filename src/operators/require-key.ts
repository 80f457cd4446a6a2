import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'

/** Lets no record without a key pass. Stands before a repartition for grouping, where the source record is still known. */
export function requireKey(): Operator {
  return (next, context) => (key, value, timestamp) =>
    key == null ? context.fail(nullKey(context), key, value) : next(key, value, timestamp)
}
