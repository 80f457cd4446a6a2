import { bind, plain, type Callback } from './callback.js'
import type { Operator } from './operator.js'

/** Another key for the same value. */
export function selectKey<K, V, K2>(fn: Callback<K, V, K2>): Operator {
  return (next, context) => {
    const select = bind(fn, context)
    return (key, value, timestamp) => {
      let selected: K2
      try {
        selected = plain(select(value, key, timestamp))
      } catch (error) {
        return context.fail(error, key, value)
      }
      return next(selected, value, timestamp)
    }
  }
}
