import { bind, plain, type Callback } from './callback.js'
import { materialize } from './materialize.js'
import type { Operator } from './operator.js'
import { after, type Wait } from './suspend.js'

/**
 * The rows that the predicate accepts (with `not`: refuses). A row that stops being accepted is deleted downstream; where
 * the old value is known, no deletion is sent for a row that was not there (as in Kafka Streams). A row on which the
 * predicate fails is absent, after that was reported.
 */
export function tableFilter<K, V>(options: {
  readonly predicate: Callback<K, V, unknown>
  readonly not: boolean
  /** Keeps the result. */
  readonly store?: string | undefined
  /** Whether what follows needs the old value. A store always knows it. */
  readonly sendOld?: boolean | undefined
  /** Whether the table above is versioned: then each of its changes goes on, since the old value may be of a later time. */
  readonly versioned?: boolean | undefined
}): Operator {
  const { store, not } = options
  if (store !== undefined) {
    return (next, context) =>
      tableFilter({ predicate: options.predicate, not, versioned: options.versioned })(
        materialize({ store })(next, context),
        context,
      )
  }
  return (next, context) => {
    const accepts = bind(options.predicate, context)
    const keep = (key: K, value: V, timestamp: number): V | null =>
      Boolean(plain(accepts(value, key, timestamp))) === not ? null : value
    const keepOld = (key: K, old: V | null | undefined, timestamp: number): V | null | undefined => {
      try {
        return old == null ? old : keep(key, old, timestamp)
      } catch {
        return null
      }
    }
    const sendOld = options.sendOld === true
    const forward = (key: K, kept: V | null, timestamp: number, old: V | null | undefined): Wait => {
      if (kept !== null && !sendOld) return next(key, kept, timestamp)
      const before = keepOld(key, old, timestamp)
      if (kept !== null || before !== null || options.versioned === true) return next(key, kept, timestamp, before)
    }

    return (key: K, value: V | null, timestamp, old?: V | null) => {
      let kept: V | null = null
      try {
        if (value !== null) kept = keep(key, value, timestamp)
      } catch (error) {
        return after(context.fail(error, key, value), () => forward(key, null, timestamp, old))
      }
      return forward(key, kept, timestamp, old)
    }
  }
}
