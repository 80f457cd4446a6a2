import { bind, plain, type Callback } from './callback.js'
import type { Process, Splitter } from './operator.js'
import { inOrder } from './suspend.js'

/**
 * Hands each record to the output of every predicate that accepts it, in their order; what none accepts to one more output,
 * the rest. All predicates are asked first, so that a record whose predicate fails goes nowhere.
 */
export function routeAll<K, V>(predicates: readonly Callback<K, V, unknown>[]): Splitter {
  return (outputs, context) => {
    const accepts = predicates.map(predicate => bind(predicate, context))
    const rest = outputs[predicates.length]
    return (key, value, timestamp) => {
      const chosen: Process[] = []
      try {
        for (let i = 0; i < accepts.length; i++) {
          if (plain(accepts[i]!(value, key, timestamp))) chosen.push(outputs[i]!)
        }
      } catch (error) {
        return context.fail(error, key, value)
      }
      if (chosen.length === 0) return rest?.(key, value, timestamp)
      return inOrder(chosen, output => output(key, value, timestamp))
    }
  }
}
