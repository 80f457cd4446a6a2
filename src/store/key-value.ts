import type { RecordHeaders } from '../record.js'
import type { UnreadBytes } from '../serde/unread.js'
import type { StateBatch, StateWrites } from './state-db.js'

/** Gets `(key, new value, timestamp, old value)`; null stands for absent. Answers a promise only when it suspends. */
export type ChangeListener<K, V> = (
  key: K,
  value: V | null,
  timestamp: number,
  old: V | null | undefined,
) => void | Promise<void>

/** What a listener looks at. A change that was held back is not decoded for more. */
export interface Hearing {
  /** Otherwise nothing is told. */
  readonly anybody: boolean
  /** Otherwise the listener gets `unread` for it. */
  readonly key: boolean
  /** Otherwise it gets `unread` for a value that is there. */
  readonly value: boolean
  /** Otherwise it gets `undefined` for it. */
  readonly old: boolean
  /** Where the key and the value of the next change lie, as long as the listener is at it. */
  bytes(bytes: UnreadBytes): void
  /** Those of the record that makes a change. */
  headers(): RecordHeaders
  /** Tells a change that was held back under the headers of the record that made it. */
  under(headers: RecordHeaders, tell: () => void | Promise<void>): void | Promise<void>
}

/** Undoes a write that no commit has taken. Of several writes the last is undone first. */
export type Undo = () => void

/**
 * A task's key-value store as operators use it: synchronous, with the timestamp of each value. Reads see this task's own
 * uncommitted writes. Values that are objects are fresh copies at every read, so that a callback may change them.
 */
export interface KeyValueStore<K, V> {
  readonly name: string
  /** The present value; sets `timestamp`. */
  get(key: K): V | undefined
  /** Milliseconds: that of the value the last `get` or `told` answered; -1 when it answered `undefined`. */
  readonly timestamp: number
  /** The value the listener was last told of; differs from `get` only while the cache holds a change back. Sets `timestamp`. */
  told(key: K): V | undefined
  /**
   * Writes (`null` deletes) and tells the listener: at once without a cache, otherwise once for all changes of the key
   * when the cache is flushed. A change from absent to absent is not told.
   *
   * @param read where the bytes lie that the value was read from with the store's own serde: it is not written anew
   */
  put(key: K, value: V | null, timestamp: number, read?: UnreadBytes): void | Promise<void>
  /** What puts the key back as it is now, without a word to the listener. */
  undoOf(key: K): Undo
  /** Set once, by the operator that owns the store. Without a hearing the listener gets everything. */
  listen(listener: ChangeListener<K, V>, hearing?: Hearing): void
  /** Present entries in byte order of the serialized key, uncommitted ones included. Suspends. */
  entries(range?: { readonly from?: K; readonly to?: K; readonly reverse?: boolean }): AsyncIterable<readonly [K, V]>
}

/**
 * Gets each committed change as bytes, to be copied at once: the key in `bytes[keyStart, keyEnd)`, the value in
 * `bytes[valueStart, valueEnd)`; a `valueEnd` of -1 deletes.
 */
export type ChangelogWriter = (
  bytes: Buffer,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
  timestamp: number,
) => void

/**
 * One record of a changelog: the key in `buffer[keyStart, keyEnd)`, the value in `buffer[valueStart, valueEnd)`; a `valueEnd`
 * of -1 deletes. A cursor over a record batch is one, so that a restore makes no object for each record.
 */
export interface ChangeBytes {
  readonly buffer: Buffer
  readonly keyStart: number
  readonly keyEnd: number
  readonly valueStart: number
  readonly valueEnd: number
  /** Milliseconds. */
  readonly timestamp: number
}

/** A store that can fetch what is about to be read. */
export interface FetchesAhead {
  /** How many keys it has asked the database for so far. */
  readonly databaseReads: number
  /** Fetches the entries of keys, given as their bytes, so that the reads find them in memory. The bytes are not kept. */
  prefetch(keys: readonly Uint8Array[]): Promise<void>
  /** How often it was asked for a key so far. */
  readonly lookups: number
  /** About what it has in memory. */
  readonly memoryBytes: number
  /** Has the processor load what is in memory of some keys, in `keys[starts[i], ends[i])`. */
  warm(keys: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void
}

/** A store that finds a key that is `unread` by the bytes of the record at hand, which have to be exact. */
export interface FindsByBytes {
  findsKeysOf(record: { readonly unread: UnreadBytes | undefined }): void
}

/** What the runtime does with any kind of store around a commit and a restore. */
export interface ManagedStore {
  readonly name: string
  /** Tells the listener of everything held back; afterwards `told` equals `get`. May write to stores further down. */
  flush(): void | Promise<void>
  /** Bytes that no commit has taken yet. */
  readonly uncommittedBytes: number
  /** Hands every uncommitted change to the changelog (where there is one) and to the batch. Until `committed`, reads
   * still find them in memory; writes that come meanwhile belong to the next drain. */
  drain(changelog: ChangelogWriter | undefined, batch: StateBatch): void
  /** The batch of the last drain is in the database. */
  committed(): void
  /** Forgets everything that is not in the database: cache, uncommitted changes, those in flight. */
  discard(): void
  /**
   * One changelog record, on its way into the database; neither the change nor its bytes are kept. Called before any `get`, in
   * changelog order. The batch before this one may not be in the database yet; all earlier ones are.
   */
  restore(change: ChangeBytes, batch: StateWrites): void
  /** Set where a restore reads what the changes before it have written. */
  readonly restoresByReading?: boolean
  /** Before the first use, once all is restored. @throws SluiceError BAD_TOPOLOGY where it holds what is kept otherwise now */
  fits?(): void
}
