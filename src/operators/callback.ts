import { SluiceError } from '../errors.js'
import type { StreamRecord } from '../record.js'
import type { OperatorContext } from './operator.js'
import { wantsRecord } from './uses.js'

/** A user's function of one record. */
export type Callback<K, V, R> = (value: V, key: K, record: StreamRecord<K, V>) => R

/** A callback as operators call it: the record is made only for a callback that may look at it. */
export type Call<K, V, R> = (value: V, key: K, timestamp: number) => R

export function bind<K, V, R>(callback: Callback<K, V, R>, context: OperatorContext): Call<K, V, R> {
  if (wantsRecord(callback))
    return (value, key, timestamp) => callback(value, key, context.record.view(key, value, timestamp))
  // It takes two arguments at most, so the timestamp in the third place is not seen.
  return callback as unknown as Call<K, V, R>
}

/** Passes on what a callback answered. @throws SluiceError CALLBACK for a promise: records do not wait for it */
export function plain<R>(result: R): R {
  if (typeof result === 'object' && result !== null && isThenable(result)) throw refused(result)
  return result
}

/** Passes on a new aggregate. @throws SluiceError CALLBACK for `undefined` and for a promise */
export function aggregated<A>(result: A): A {
  if (result === undefined) {
    throw new SluiceError('CALLBACK', 'the function answered undefined instead of an aggregate', {
      hint: 'return the new aggregate, also when it was changed in place; return null to delete it',
    })
  }
  return plain(result)
}

/** As `isPlainObject` of JSON, and for its reason, asks an object only for a property of its own. */
function isThenable(result: object): result is PromiseLike<unknown> {
  if (Object.getPrototypeOf(result) === Object.prototype && !Object.hasOwn(result, 'then')) return false
  return typeof (result as { then?: unknown }).then === 'function'
}

function refused(promise: PromiseLike<unknown>): SluiceError {
  // Nobody else looks at how it ends: without this a rejection would end the process.
  promise.then(undefined, () => undefined)
  return new SluiceError('CALLBACK', 'the function answered a promise, which this operator does not wait for', {
    hint: 'make the function synchronous; mapAsync, effect and process wait for promises',
  })
}
