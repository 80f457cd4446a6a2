import { bind, plain, type Callback } from './callback.js'
import type { Operator } from './operator.js'

/** Calls the function; nothing follows. */
export function forEach<K, V>(fn: Callback<K, V, unknown>): Operator {
  return (_next, context) => {
    const call = bind(fn, context)
    return (key, value, timestamp) => {
      try {
        plain(call(value, key, timestamp))
      } catch (error) {
        return context.fail(error, key, value)
      }
    }
  }
}
