import { SluiceError } from '../errors.js'
import { bind, plain, type Callback } from './callback.js'
import type { Operator } from './operator.js'
import { inOrder } from './suspend.js'

/** Any number of values under the same key, in the order of the answer. */
export function flatMapValues<K, V, V2>(fn: Callback<K, V, Iterable<V2>>): Operator {
  return (next, context) => {
    const map = bind(fn, context)
    return (key, value, timestamp) => {
      let mapped: readonly V2[]
      try {
        mapped = toArray(plain(map(value, key, timestamp)))
      } catch (error) {
        return context.fail(error, key, value)
      }
      return inOrder(mapped, item => next(key, item, timestamp))
    }
  }
}

function toArray<T>(answer: Iterable<T>): readonly T[] {
  if (Array.isArray(answer)) return answer
  if (typeof answer === 'object' && answer !== null && Symbol.iterator in answer) return Array.from(answer)
  throw new SluiceError(
    'CALLBACK',
    `the function answered ${answer === null ? 'null' : typeof answer} instead of an array`,
    {
      hint: 'return an array of values; an empty one for none',
    },
  )
}
