import { bind, plain, type Callback } from './callback.js'
import type { Operator } from './operator.js'

/** Calls the function and passes the record on as it came. */
export function peek<K, V>(fn: Callback<K, V, unknown>): Operator {
  return (next, context) => {
    const look = bind(fn, context)
    return (key, value, timestamp) => {
      try {
        plain(look(value, key, timestamp))
      } catch (error) {
        return context.fail(error, key, value)
      }
      return next(key, value, timestamp)
    }
  }
}
