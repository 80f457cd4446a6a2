import { bind, plain, type Callback } from './callback.js'
import type { Operator } from './operator.js'

/** Another value under the same key. */
export function mapValues<K, V, V2>(fn: Callback<K, V, V2>): Operator {
  return (next, context) => {
    const map = bind(fn, context)
    return (key, value, timestamp) => {
      let mapped: V2
      try {
        mapped = plain(map(value, key, timestamp))
      } catch (error) {
        return context.fail(error, key, value)
      }
      return next(key, mapped, timestamp)
    }
  }
}
