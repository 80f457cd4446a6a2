import { bind, plain, type Callback } from './callback.js'
import type { Splitter } from './operator.js'

/**
 * Hands each record to the output of the first predicate that accepts it. One more output than predicates takes the rest;
 * without it the rest goes nowhere.
 */
export function route<K, V>(predicates: readonly Callback<K, V, unknown>[]): Splitter {
  return (outputs, context) => {
    const accepts = predicates.map(predicate => bind(predicate, context))
    return (key, value, timestamp) => {
      let chosen = 0
      try {
        while (chosen < accepts.length && !plain(accepts[chosen]!(value, key, timestamp))) chosen++
      } catch (error) {
        return context.fail(error, key, value)
      }
      return outputs[chosen]?.(key, value, timestamp)
    }
  }
}
