import { SluiceError } from '../errors.js'
import { timeForm, wholeTime } from '../time.js'
import type { KeyValueStore, Undo } from './key-value.js'
import type { VersionedStore } from './versioned.js'

declare const interfaceOf: unique symbol

/** Names a store and says, by its type, what a processor can do with it. */
export interface StoreHandle<out S> {
  readonly name: string
  readonly [interfaceOf]?: S
}

/** Entries from `from` to `to`, both inclusive, in byte order of the serialized key. */
export interface StoreRange<K> {
  readonly from?: K
  readonly to?: K
  readonly reverse?: boolean
}

/** What a processor can read of any store with one value per key. */
export interface ReadableStore<K, V> {
  readonly name: string
  /** `undefined` where there is none. Objects are copies: change them freely, and `put` what should stay. */
  get(key: K): V | undefined
  /** Milliseconds since the epoch: when the value was written, in event time; `undefined` where there is none. */
  timestampOf(key: K): number | undefined
  /** Present entries, uncommitted ones included, as they are at the call. */
  range(range: StoreRange<K>): AsyncIterable<readonly [K, V]>
  all(options?: { readonly reverse?: boolean }): AsyncIterable<readonly [K, V]>
}

/**
 * A key-value store in a processor's hands. Reads and writes are synchronous and see each other; all that was written for a
 * record is committed together with what the record led to.
 */
export interface ProcessorStore<K, V> extends ReadableStore<K, V> {
  /** Writes; null deletes. The timestamp is that of the record at hand unless another is given. */
  put(key: K, value: V | null, timestamp?: number): void
  /** Writes unless there is a value, and answers that. */
  putIfAbsent(key: K, value: V): V | undefined
  /** Deletes, and answers what was there. */
  delete(key: K): V | undefined
}

/** A store that keeps the history of its values: each holds from its timestamp to that of the next one (KIP-889). */
export interface ProcessorVersionedStore<K, V> extends ReadableStore<K, V> {
  /** The value that held at a time; `undefined` where there was none, or where it lies further back than the history. */
  at(key: K, time: number): V | undefined
  /**
   * Writes a version that holds from `timestamp` on (null: from then on there is none). Default: the time of the record at
   * hand. Answers whether it is the latest one, lies before the latest, or was too old to be kept.
   */
  put(key: K, value: V | null, timestamp?: number): 'latest' | 'outdated' | 'dropped'
  /** From `timestamp` on there is no value; answers the one that held. */
  delete(key: K, timestamp?: number): V | undefined
}

/** A store for reading, such as that of a table. */
function readableStore<K, V>(
  store: Pick<KeyValueStore<K, V>, 'name' | 'get' | 'timestamp' | 'entries'>,
): ReadableStore<K, V> {
  return {
    name: store.name,
    get: key => store.get(key),
    timestampOf: key => (store.get(key) === undefined ? undefined : store.timestamp),
    range: range => store.entries(range),
    all: options => store.entries(options ?? {}),
  }
}

/**
 * A key-value store for reading and writing.
 *
 * @param time the timestamp of what is written now
 * @param undos takes in how each write is undone
 */
export function processorStore<K, V>(
  store: KeyValueStore<K, V>,
  time: () => number,
  undos?: Undo[],
): ProcessorStore<K, V> {
  const put = (key: K, value: V | null, timestamp: number = time()): void => {
    undos?.push(store.undoOf(key))
    // A store that no operator owns has no listener, so nothing can suspend.
    void store.put(key, checked(value, store.name), checkedTime(timestamp, store.name))
  }
  return {
    ...readableStore(store),
    put,
    putIfAbsent(key, value) {
      const present = store.get(key)
      if (present === undefined) put(key, value)
      return present
    },
    delete(key) {
      const present = store.get(key)
      if (present !== undefined) put(key, null)
      return present
    },
  }
}

/** The store of a table: an operator writes it, and the processors only look. */
export function tableStore<K, V>(store: KeyValueStore<K, V>): ProcessorStore<K, V> {
  const refuse = (): never => {
    throw new SluiceError('UNSUPPORTED', `the store "${store.name}" is written by its table alone`, {
      place: { store: store.name },
      hint: 'keep what the processor writes in a store of its own: pipeline.addStore(store(…))',
    })
  }
  return { ...readableStore(store), put: refuse, putIfAbsent: refuse, delete: refuse }
}

/**
 * A versioned store for reading and writing.
 *
 * @param time the timestamp of what is written now
 * @param undos takes in how each write is undone
 */
export function processorVersionedStore<K, V>(
  store: VersionedStore<K, V>,
  time: () => number,
  undos?: Undo[],
): ProcessorVersionedStore<K, V> {
  const put = (key: K, value: V | null, timestamp: number = time()) =>
    store.put(key, checked(value, store.name), checkedTime(timestamp, store.name), undos)
  return {
    ...readableStore(store),
    at: (key, when) => store.at(key, when),
    put,
    delete(key, timestamp = time()) {
      const present = store.at(key, timestamp)
      put(key, null, timestamp)
      return present
    },
  }
}

function checked<V>(value: V, store: string): V {
  if (value !== undefined) return value
  throw new SluiceError('BAD_ARGUMENT', 'put() of undefined', {
    place: { store },
    hint: 'give a value, or null to delete',
  })
}

function checkedTime(timestamp: number, store: string): number {
  const whole = wholeTime(timestamp)
  if (whole !== undefined) return whole
  throw new SluiceError('BAD_ARGUMENT', `put() at the timestamp ${String(timestamp)}`, {
    place: { store },
    hint: `a timestamp is ${timeForm}`,
  })
}
