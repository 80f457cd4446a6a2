import type { StoreRef } from '../src/query/reader.js'
import type { Serde } from '../src/serde/serde.js'
import { checkName, checkSerde } from './topic.js'

/** A store's name and how its keys and values are written. Made by `store()`. */
export interface Store<in out K, in out V> extends StoreRef<K, V> {
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/**
 * A handle for a store: given as `as` to the operator that keeps it, and to `query`, which gets its types from it.
 *
 * @throws SluiceError BAD_ARGUMENT for a name that Kafka would not take in the name of a topic
 * @example
 * const completed = store('completed-jobs', { key: string, value: long })
 */
export function store<K, V>(name: string, serdes: { readonly key: Serde<K>; readonly value: Serde<V> }): Store<K, V> {
  checkName(name, 'store')
  checkSerde(serdes?.key, `store(${JSON.stringify(name)}, { key })`)
  checkSerde(serdes?.value, `store(${JSON.stringify(name)}, { value })`)
  return Object.freeze({ name, key: serdes.key, value: serdes.value })
}
