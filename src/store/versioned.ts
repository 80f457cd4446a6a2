import type { Serde } from '../serde/serde.js'
import { bytes } from '../serde/bytes.js'
import { createKeyValueStore, type CachedStore } from './cached-store.js'
import type { Holding } from './held-time.js'
import type { ChangeBytes, ChangelogWriter, ManagedStore, Undo } from './key-value.js'
import type { StateBatch, StateStore, StateWrites } from './state-db.js'
import { VersionHistory } from './version-history.js'

/** `dropped`: older than the history; `outdated`: there is a newer version of the key. */
export type VersionPut = 'latest' | 'outdated' | 'dropped'

/** A table with the history of its values (KIP-889): each value holds from its timestamp to that of the next one. */
export interface VersionedStore<K, V> {
  readonly name: string
  /** The latest value; sets `timestamp`. */
  get(key: K): V | undefined
  /** As `get`: nothing is held back. */
  told(key: K): V | undefined
  /**
   * The value that held at a time; sets `timestamp`. Further back than the history only the latest value is known, where
   * it held then already.
   */
  at(key: K, time: number): V | undefined
  /** Whether the last `at` found nothing and asked for what lies further back than the history. */
  readonly beyond: boolean
  /** Milliseconds: since when the value that was last answered has held; -1 where there was none. */
  readonly timestamp: number
  /**
   * Writes a version (`null`: from then on there is none).
   *
   * @param undos takes in what undoes it
   */
  put(key: K, value: V | null, timestamp: number, undos?: Undo[]): VersionPut
  /** The history reaches back from where stream time stands still for what is pending. */
  heldBy(holding: Holding): void
  /** Deletes what lies behind the history, if it is time for that; suspends then. */
  sweep(): void | Promise<void>
  /** The latest values in byte order of the serialized key. Suspends. */
  entries(range?: { readonly from?: K; readonly to?: K; readonly reverse?: boolean }): AsyncIterable<readonly [K, V]>
}

export interface VersionedStoreOptions<K, V> {
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
  /** Where the latest values lie, as in a key-value store. */
  readonly db: StateStore
  /** Where the older ones lie. */
  readonly historyDb: StateStore
  readonly cacheBytes: number
  /** How far back values are kept, in milliseconds. As in Kafka Streams, also how late one may come. */
  readonly history: number
  /** How many bytes of a key's history are written together, about. */
  readonly pageBytes?: number
}

/** The first byte of a key in the changelog. */
const latestTag = 0
const historyTag = 1

/** A versioned store over a state database, as Kafka Streams' `RocksDBVersionedStore` lays it out. */
export function createVersionedStore<K, V>(options: VersionedStoreOptions<K, V>): VersionedStore<K, V> & ManagedStore {
  return new Versioned(options)
}

class Versioned<K, V> implements VersionedStore<K, V>, ManagedStore {
  readonly name: string
  timestamp = -1
  beyond = false
  readonly #latest: CachedStore<K, V>
  readonly #history: VersionHistory
  readonly #key: Serde<K>
  readonly #value: Serde<V>

  constructor({ name, key, value, db, historyDb, cacheBytes, history, pageBytes }: VersionedStoreOptions<K, V>) {
    this.name = name
    this.#key = key
    this.#value = value
    const half = Math.floor(cacheBytes / 2)
    this.#latest = createKeyValueStore({ name, key, value, db, cache: false, cacheBytes: half })
    const older = createKeyValueStore({ name, key: bytes, value: bytes, db: historyDb, cache: false, cacheBytes: half })
    this.#history = new VersionHistory(older, history, pageBytes)
  }

  get(key: K): V | undefined {
    const value = this.#latest.get(key)
    this.timestamp = this.#latest.timestamp
    return value
  }

  told(key: K): V | undefined {
    return this.get(key)
  }

  at(key: K, time: number): V | undefined {
    const latest = this.get(key)
    this.beyond = false
    if (latest !== undefined && this.timestamp <= time) return latest
    const until = latest === undefined ? this.#history.observed : this.timestamp
    this.timestamp = -1
    if (time < this.#history.beginning) {
      this.beyond = true
      return undefined
    }
    const version = this.#history.find(this.#key.serialize(key), time, until)
    if (version === undefined || version.value === null) return undefined
    this.timestamp = version.from
    return this.#value.deserialize(version.value)
  }

  put(key: K, value: V | null, timestamp: number, undos?: Undo[]): VersionPut {
    const history = this.#history
    if (timestamp < history.beginning) return 'dropped'
    history.observe(timestamp, undos)
    undos?.push(this.#latest.undoOf(key))
    const latest = this.#latest.get(key)
    const since = this.#latest.timestamp
    const name = this.#key.serialize(key)
    if (latest !== undefined && timestamp >= since) {
      // It may refuse the value: then nothing has become history.
      void this.#latest.put(key, value, timestamp)
      // From here on the former value is history; a deletion shows as the end of its version. (As in Kafka Streams, one at
      // the very time of the only version leaves no trace, so that an older value may come after it.)
      if (timestamp > since)
        history.add(name, { from: since, to: timestamp, value: this.#value.serialize(latest) }, undos)
      return 'latest'
    }
    const bytesOf = value === null ? null : this.#value.serialize(value)
    const end = latest === undefined ? undefined : since
    if (history.insert(name, bytesOf, timestamp, end, undos)) return 'outdated'
    if (value === null) history.add(name, { from: timestamp, to: timestamp, value: null }, undos)
    else void this.#latest.put(key, value, timestamp)
    return 'latest'
  }

  heldBy(holding: Holding): void {
    this.#history.heldBy(holding)
  }

  sweep(): void | Promise<void> {
    return this.#history.sweep()
  }

  entries(
    range: { readonly from?: K; readonly to?: K; readonly reverse?: boolean } = {},
  ): AsyncIterable<readonly [K, V]> {
    return this.#latest.entries(range)
  }

  get uncommittedBytes(): number {
    return this.#latest.uncommittedBytes + this.#history.store.uncommittedBytes
  }

  flush(): void {}

  drain(changelog: ChangelogWriter | undefined, batch: StateBatch): void {
    this.#history.save()
    this.#latest.drain(tagged(latestTag, changelog), batch)
    this.#history.store.drain(tagged(historyTag, changelog), batch)
  }

  committed(): void {
    this.#latest.committed()
    this.#history.store.committed()
  }

  discard(): void {
    this.#latest.discard()
    this.#history.discard()
    this.timestamp = -1
  }

  restore(change: ChangeBytes, batch: StateWrites): void {
    const { buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp } = change
    const store = buffer[keyStart] === latestTag ? this.#latest : this.#history.store
    store.restore({ buffer, keyStart: keyStart + 1, keyEnd, valueStart, valueEnd, timestamp }, batch)
  }
}

function tagged(tag: number, changelog: ChangelogWriter | undefined): ChangelogWriter | undefined {
  if (changelog === undefined) return undefined
  return (bytes, keyStart, keyEnd, valueStart, valueEnd, timestamp) => {
    const keyLength = 1 + keyEnd - keyStart
    const record = Buffer.allocUnsafe(keyLength + Math.max(valueEnd - valueStart, 0))
    record[0] = tag
    bytes.copy(record, 1, keyStart, keyEnd)
    if (valueEnd >= 0) bytes.copy(record, keyLength, valueStart, valueEnd)
    changelog(record, 0, keyLength, keyLength, valueEnd < 0 ? -1 : record.length, timestamp)
  }
}
