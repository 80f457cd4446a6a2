import { bind, plain, type Callback } from './callback.js'
import type { Operator } from './operator.js'

/** Passes on the records that the predicate accepts. */
export function filter<K, V>(predicate: Callback<K, V, unknown>): Operator {
  return (next, context) => {
    const accepts = bind(predicate, context)
    return (key, value, timestamp) => {
      let accepted: unknown
      try {
        accepted = plain(accepts(value, key, timestamp))
      } catch (error) {
        return context.fail(error, key, value)
      }
      if (accepted) return next(key, value, timestamp)
    }
  }
}
