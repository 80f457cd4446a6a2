import type { StoreRef } from '../src/query/reader.js'
import type { Serde } from '../src/serde/serde.js'
import type { ProcessorStore, ProcessorVersionedStore, StoreHandle } from '../src/store/processor-store.js'
import { milliseconds, type Duration } from '../src/time.js'
import { checkName, checkSerde } from './topic.js'

/** A store's name and how its keys and values are written. Made by `store()`. */
export interface Store<in out K, in out V> extends StoreRef<K, V>, StoreHandle<ProcessorStore<K, V>> {
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** A store for processors that keeps the history of its values. Made by `versionedStore()`. */
export interface VersionedStore<in out K, in out V> extends StoreRef<K, V>, StoreHandle<ProcessorVersionedStore<K, V>> {
  readonly key: Serde<K>
  readonly value: Serde<V>
  /** How far back a value can be asked for, in milliseconds. */
  readonly history: number
}

/**
 * A handle for a store: given as `as` to the operator that keeps it, and to `query`, which gets its types from it.
 *
 * @throws SluiceError BAD_ARGUMENT for a name that Kafka would not take in the name of a topic
 * @example
 * const completed = store('completed-jobs', { key: string, value: long })
 */
export function store<K, V>(name: string, serdes: { readonly key: Serde<K>; readonly value: Serde<V> }): Store<K, V> {
  checkStore('store', name, serdes)
  return Object.freeze({ name, key: serdes.key, value: serdes.value })
}

/**
 * A handle for a store that keeps the history of its values, for `addStore` and the processors that use it (KIP-889).
 *
 * @throws SluiceError BAD_ARGUMENT, BAD_DURATION
 * @example
 * const prices = tracker.addStore(versionedStore('prices', { key: string, value: float64, history: '1d' }))
 */
export function versionedStore<K, V>(
  name: string,
  options: { readonly key: Serde<K>; readonly value: Serde<V>; readonly history: Duration },
): VersionedStore<K, V> {
  checkStore('versionedStore', name, options)
  const history = milliseconds(options.history, 'history')
  return Object.freeze({ name, key: options.key, value: options.value, history })
}

function checkStore(what: string, name: string, serdes: { readonly key: unknown; readonly value: unknown }): void {
  checkName(name, 'store')
  checkSerde(serdes?.key, `${what}(${JSON.stringify(name)}, { key })`)
  checkSerde(serdes?.value, `${what}(${JSON.stringify(name)}, { value })`)
}
