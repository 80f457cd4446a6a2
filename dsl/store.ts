import { SluiceError } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import type { StoreRef } from '../src/query/reader.js'
import type { Serde } from '../src/serde/serde.js'
import { windowed, type WindowKey } from '../src/serde/windowed.js'
import type { ProcessorStore, ProcessorVersionedStore, StoreHandle } from '../src/store/processor-store.js'
import type { ProcessorWindowStore } from '../src/store/processor-window-store.js'
import type { Duration } from '../src/time.js'
import { durationAt } from './duration.js'
import { callSite } from './place.js'
import { checkName, checkSerde, knownSerdes } from './topic.js'

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

/** A store for processors with a value per key and window, or per key and session. Made by `windowStore()` and `sessionStore()`. */
export interface WindowStore<in out K, in out V>
  extends StoreRef<WindowKey<K>, V>, StoreHandle<ProcessorWindowStore<K, V>> {
  readonly key: Serde<WindowKey<K>>
  readonly value: Serde<V>
  /** Of the keys without their windows. */
  readonly plainKey: Serde<K>
  /** `end - start` of every window, in milliseconds; `session`: each has its own. */
  readonly size: number | 'session'
  /** How long a window is kept behind its start, a session behind its end, in milliseconds. */
  readonly retention: number
}

/** How a store writes what it holds. */
interface StoreSerdes<K = any, V = any> {
  readonly key: Serde<K>
  readonly value: Serde<V>
}

const versionedOptions: KnownOptions<Parameters<typeof versionedStore>[1]> = { ...knownSerdes, history: true }
const sessionOptions: KnownOptions<Parameters<typeof sessionStore>[1]> = { ...knownSerdes, retention: true }
const windowOptions: KnownOptions<Parameters<typeof windowStore>[1]> = { ...sessionOptions, size: true }

/** What `addStore` takes. */
export type AnyStore = Store<any, any> | VersionedStore<any, any> | WindowStore<any, any>

/**
 * A handle for a store: given as `as` to the operator that keeps it, and to `query`, which gets its types from it.
 *
 * @throws SluiceError BAD_ARGUMENT for a name that Kafka would not take in the name of a topic
 * @example
 * const completed = store('completed-jobs', { key: string, value: long })
 */
export function store<K, V>(name: string, serdes: StoreSerdes<K, V>): Store<K, V> {
  checkStore('store', name, serdes, knownSerdes)
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
  options: StoreSerdes<K, V> & { readonly history: Duration },
): VersionedStore<K, V> {
  checkStore('versionedStore', name, options, versionedOptions)
  const history = durationAt(options.history, 'versionedStore({ history })', callSite())
  return Object.freeze({ name, key: options.key, value: options.value, history })
}

/**
 * A handle for a store of windows of one size, for `addStore` and the processors that use it. What is older than the
 * retention, counted back from the latest window, is deleted.
 *
 * @throws SluiceError BAD_ARGUMENT, BAD_DURATION
 * @example
 * const minutes = tracker.addStore(windowStore('minutes', { key: string, value: long, size: '1m', retention: '1h' }))
 */
export function windowStore<K, V>(
  name: string,
  options: StoreSerdes<K, V> & { readonly size: Duration; readonly retention: Duration },
): WindowStore<K, V> {
  checkStore('windowStore', name, options, windowOptions)
  const line = callSite()
  const size = durationAt(options.size, 'windowStore({ size })', line)
  const retention = durationAt(options.retention, 'windowStore({ retention })', line)
  if (size > 0 && retention >= size) return windows(name, options, size, retention)
  throw new SluiceError('BAD_ARGUMENT', `windowStore("${name}"): size ${size} ms, retention ${retention} ms`, {
    place: { line },
    hint: 'a window has a size above 0, and is kept at least until it ends',
  })
}

/**
 * A handle for a store of sessions, for `addStore` and the processors that use it.
 *
 * @throws SluiceError BAD_ARGUMENT, BAD_DURATION
 * @example
 * const visits = tracker.addStore(sessionStore('visits', { key: string, value: long, retention: '1d' }))
 */
export function sessionStore<K, V>(
  name: string,
  options: StoreSerdes<K, V> & { readonly retention: Duration },
): WindowStore<K, V> {
  checkStore('sessionStore', name, options, sessionOptions)
  return windows(name, options, 'session', durationAt(options.retention, 'sessionStore({ retention })', callSite()))
}

function windows<K, V>(
  name: string,
  { key, value }: StoreSerdes<K, V>,
  size: number | 'session',
  retention: number,
): WindowStore<K, V> {
  return Object.freeze({ name, key: windowed(key), value, plainKey: key, size, retention })
}

function checkStore(what: string, name: string, serdes: StoreSerdes, known: KnownOptions<StoreSerdes>): void {
  checkName(name, 'store')
  checkKnown(`${what}()`, serdes, known, callSite())
  checkSerde(serdes?.key, `${what}(${JSON.stringify(name)}, { key })`)
  checkSerde(serdes?.value, `${what}(${JSON.stringify(name)}, { value })`)
}
