import { SluiceError } from '../errors.js'
import type { Serde } from '../serde/serde.js'
import { bind, plain, type Callback } from './callback.js'
import type { Change } from './change.js'
import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'
import { after } from './suspend.js'

/**
 * The changes of a table as changes of its groups, on their way to the repartition topic. A row that stays in its group
 * is one record with the old and the new value; one that moves is taken from the old group first, then added to the new.
 * The old value has to be known. As in Kafka Streams, a null value in a pair keeps the row out of all groups; so does a
 * row that the function fails on, after that was reported.
 */
export function regroupSelect<K, V, K2, V2>(
  fn: Callback<K, V, readonly [K2, V2 | null]>,
  keys: Serde<K2> | undefined,
): Operator {
  return (next, context) => {
    const select = bind(fn, context)
    /** Groups are told apart by the bytes of their keys: objects may have the same, and 0 and -0 others. */
    const isSame = (a: K2, b: K2): boolean => {
      if (typeof a === 'string' || keys === undefined) return a === b
      try {
        return Buffer.compare(keys.serialize(a), keys.serialize(b)) === 0
      } catch {
        // The one that cannot be written fails where it is.
        return false
      }
    }

    const pairOf = (key: K, value: V, timestamp: number): Pair<K2, V2> | undefined => {
      const pair = plain(select(value, key, timestamp))
      if (!Array.isArray(pair) || pair.length !== 2) {
        throw new SluiceError('CALLBACK', 'the function answered something else than a pair', {
          hint: 'return [key, value]: the group and what is aggregated there',
        })
      }
      if (pair[1] === null) return undefined
      if (pair[0] == null) throw nullKey(context)
      return pair as unknown as Pair<K2, V2>
    }
    const send = (key: K2, change: Change<V2>, timestamp: number) => next(key, change, timestamp)

    return (key: K, value: V | null, timestamp, old?: V | null) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      let from: Pair<K2, V2> | undefined
      try {
        from = old == null ? undefined : pairOf(key, old, timestamp)
      } catch {
        // It failed when it was new, so it is in no group.
      }
      let to: Pair<K2, V2> | undefined
      let failure: { readonly error: unknown } | undefined
      try {
        to = value === null ? undefined : pairOf(key, value, timestamp)
      } catch (error) {
        failure = { error }
      }
      const reported = failure === undefined ? undefined : context.fail(failure.error, key, value)
      return after(reported, () => {
        if (from !== undefined && to !== undefined && isSame(from[0], to[0])) {
          return send(to[0], { next: to[1], old: from[1] }, timestamp)
        }
        const left = from === undefined ? undefined : send(from[0], { next: null, old: from[1] }, timestamp)
        return after(left, () => (to === undefined ? undefined : send(to[0], { next: to[1], old: null }, timestamp)))
      })
    }
  }
}

type Pair<K, V> = readonly [K, V]
