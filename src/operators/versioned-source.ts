import type { VersionedStore } from '../store/versioned.js'
import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'

/**
 * Reads a stream of records as the versions of a table. All of them go on; one that is older than another of its key goes
 * on as `outdated` (KIP-914), and one older than the history is dropped.
 */
export function versionedSource<K, V>(options: { readonly store: string }): Operator {
  return (next, context) => {
    const { record } = context
    const rows = context.store<VersionedStore<K, V>>(options.store)
    rows.heldBy(record)
    const latestAgain = () => {
      record.outdated = false
      return rows.sweep()
    }
    return (key: K, value: V | null, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      const old = rows.get(key) ?? null
      const put = rows.put(key, value, timestamp)
      if (put === 'dropped') return context.count('late_records')
      record.outdated = put === 'outdated'
      const wait = next(key, value, timestamp, old)
      return wait === undefined ? latestAgain() : wait.then(latestAgain)
    }
  }
}

/** Leaves out what is outdated: for operators over versioned tables that only know the latest rows (KIP-914). */
export function latestOnly(operator: Operator): Operator {
  return (next, context) => {
    const process = operator(next, context)
    return (key, value, timestamp, old) =>
      context.record.outdated === true ? context.count('outdated_records') : process(key, value, timestamp, old)
  }
}
