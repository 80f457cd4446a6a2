import { SluiceError } from '../errors.js'
import { bind, plain, type Callback } from './callback.js'
import { materialize } from './materialize.js'
import type { Operator } from './operator.js'
import { after, type Wait } from './suspend.js'

/**
 * Another value for each row; null deletes it. A row on which the function fails is absent, after that was reported.
 */
export function tableMap<K, V, V2>(options: {
  readonly fn: Callback<K, V, V2 | null>
  /** Keeps the result. */
  readonly store?: string | undefined
  /** Whether what follows needs the old value: the function is then called for it too. A store always knows it. */
  readonly sendOld?: boolean | undefined
}): Operator {
  const { store } = options
  if (store !== undefined) {
    return (next, context) => tableMap({ fn: options.fn })(materialize({ store })(next, context), context)
  }
  return (next, context) => {
    const call = bind(options.fn, context)
    const map = (key: K, value: V, timestamp: number): V2 | null => {
      const mapped = plain(call(value, key, timestamp))
      if (mapped === undefined) throw undefinedRow()
      return mapped
    }
    const mapOld = (key: K, old: V | null | undefined, timestamp: number): V2 | null | undefined => {
      try {
        return old === undefined ? undefined : old === null ? null : map(key, old, timestamp)
      } catch {
        return null
      }
    }
    const sendOld = options.sendOld === true
    const forward = (key: K, mapped: V2 | null, timestamp: number, old: V | null | undefined): Wait =>
      next(key, mapped, timestamp, sendOld ? mapOld(key, old, timestamp) : undefined)

    return (key: K, value: V | null, timestamp, old?: V | null) => {
      let mapped: V2 | null = null
      try {
        if (value !== null) mapped = map(key, value, timestamp)
      } catch (error) {
        return after(context.fail(error, key, value), () => forward(key, null, timestamp, old))
      }
      return forward(key, mapped, timestamp, old)
    }
  }
}

function undefinedRow(): SluiceError {
  return new SluiceError('CALLBACK', 'the function of a table answered undefined', {
    hint: 'return the new value of the row; null deletes it',
  })
}
