import { SluiceError } from '../errors.js'
import { asBuffer } from '../serde/buffer.js'
import { bytes } from '../serde/bytes.js'
import { int64Bytes, readInt64 } from '../serde/int64-bytes.js'
import type { Serde } from '../serde/serde.js'
import { createKeyValueStore, type CachedStore } from './cached-store.js'
import type { ChangeBytes, ChangelogWriter, ManagedStore } from './key-value.js'
import { readEntry, writeEntry, type KeptRecord, type StoredEntry } from './pending-entry.js'
import type { StateBatch, StateStore, StateWrites } from './state-db.js'

/** Something that an operator has taken in and not finished. */
export interface PendingEntry<K = unknown, V = unknown> {
  /** In the order they came. */
  readonly seq: number
  /** The bytes of the key, as text: equal ones are of one key. */
  readonly lane: string
  readonly timestamp: number
  readonly record: KeptRecord
  /** About how much memory it takes. */
  readonly bytes: number
  readonly idempotencyKey: string | undefined
  /** How many attempts have failed. */
  failures: number
  /** When the next attempt is due, in milliseconds since the epoch; 0: at once. */
  due: number
  readonly key: K
  /** A fresh copy each time after the first, so that no attempt sees what a former one has done to it. */
  value(): V
}

export interface NewEntry<K, V> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  readonly record: KeptRecord
  readonly idempotencyKey?: string | undefined
  readonly failures?: number
  readonly due?: number
}

/** The entries of one operator. */
export interface PendingScope<K, V> {
  /** What a former run left unfinished, in order. To be called once, first. */
  load(): Promise<readonly PendingEntry<K, V>[]>
  /** @throws SluiceError SERIALIZE, or whatever the serdes throw; then nothing was added */
  add(entry: NewEntry<K, V>): PendingEntry<K, V>
  /** `failures` or `due` of the entry are others now. */
  change(entry: PendingEntry<K, V>): void
  /** It is done. */
  end(entry: PendingEntry<K, V>): void
  /** Calls back with entries that a commit has made durable. */
  onDurable(call: (entries: readonly PendingEntry<K, V>[]) => void): void
}

/**
 * What a task has taken in and not finished: calls in flight, records that wait for another attempt, effects. All of it is
 * in memory; what is unfinished at a commit is written with it, so that the positions can pass it and a restart takes it up
 * again. What begins and ends between two commits is never written.
 */
export interface PendingStore {
  scope<K, V>(operator: string, key: Serde<K>, value: Serde<V>): PendingScope<K, V>
}

export interface PendingStoreOptions {
  readonly name: string
  readonly db: StateStore
  readonly cacheBytes: number
  /** The operators whose entries it may hold. */
  readonly operators: readonly string[]
}

export function createPendingStore(options: PendingStoreOptions): PendingStore & ManagedStore {
  return new Pending(options)
}

type AnyEntry = PendingEntry & { readonly operator: string; readonly stored: () => StoredEntry }

class Pending implements PendingStore, ManagedStore {
  readonly name: string
  readonly #operators: readonly string[]
  readonly #store: CachedStore<Uint8Array, Uint8Array>
  readonly #listeners = new Map<string, (entries: readonly PendingEntry<any, any>[]) => void>()
  /** Entries to be written by the next drain. */
  readonly #changed = new Set<AnyEntry>()
  /** Entries that are in the database, or on their way there. */
  readonly #written = new Set<number>()
  readonly #ended = new Set<number>()
  #draining: readonly AnyEntry[] = []
  #loading: Promise<readonly (readonly [number, StoredEntry])[]> | undefined
  #next = 0
  #bytes = 0

  constructor({ name, db, cacheBytes, operators }: PendingStoreOptions) {
    this.name = name
    this.#operators = operators
    this.#store = createKeyValueStore({ name, key: bytes, value: bytes, db, cache: false, cacheBytes })
  }

  scope<K, V>(operator: string, key: Serde<K>, value: Serde<V>): PendingScope<K, V> {
    return {
      load: async () => {
        const all = await (this.#loading ??= this.#load())
        return all
          .filter(([, stored]) => stored.operator === operator)
          .map(([seq, stored]) => entryOf(seq, stored, key, value))
      },
      add: entry => {
        const stored: StoredEntry = {
          operator,
          timestamp: entry.timestamp,
          record: entry.record,
          failures: entry.failures ?? 0,
          due: entry.due ?? 0,
          idempotencyKey: entry.idempotencyKey,
          key: entry.key == null ? null : Buffer.from(key.serialize(entry.key)),
          value: entry.value == null ? null : Buffer.from(value.serialize(entry.value)),
        }
        const added = entryOf(this.#next++, stored, key, value, entry)
        this.#changed.add(added)
        this.#bytes += added.bytes
        return added
      },
      change: entry => void this.#changed.add(entry as AnyEntry),
      end: entry => {
        const changed = this.#changed.delete(entry as AnyEntry)
        if (this.#written.delete(entry.seq)) this.#ended.add(entry.seq)
        else if (changed) this.#bytes -= entry.bytes
      },
      onDurable: call => void this.#listeners.set(operator, call),
    }
  }

  async #load(): Promise<readonly (readonly [number, StoredEntry])[]> {
    const all: (readonly [number, StoredEntry])[] = []
    for await (const [key, value] of this.#store.entries()) {
      const seq = readInt64(key, 0)
      const stored = readEntry(value)
      if (!this.#operators.includes(stored.operator)) throw unknown(this.name, stored.operator)
      this.#written.add(seq)
      this.#next = seq + 1
      all.push([seq, stored])
    }
    return all
  }

  get uncommittedBytes(): number {
    return this.#store.uncommittedBytes + this.#bytes
  }

  flush(): void {}

  drain(changelog: ChangelogWriter | undefined, batch: StateBatch): void {
    for (const entry of this.#changed) {
      void this.#store.put(int64Bytes(entry.seq), writeEntry(entry.stored()), Math.max(0, entry.timestamp))
      this.#written.add(entry.seq)
    }
    for (const seq of this.#ended) void this.#store.put(int64Bytes(seq), null, 0)
    this.#draining = [...this.#changed]
    this.#changed.clear()
    this.#ended.clear()
    this.#bytes = 0
    this.#store.drain(changelog, batch)
  }

  committed(): void {
    this.#store.committed()
    const durable = this.#draining
    this.#draining = []
    for (const [operator, call] of this.#listeners) {
      const mine = durable.filter(entry => entry.operator === operator)
      if (mine.length > 0) call(mine)
    }
  }

  discard(): void {
    this.#store.discard()
    this.#changed.clear()
    this.#written.clear()
    this.#ended.clear()
    this.#draining = []
    this.#loading = undefined
    this.#bytes = 0
  }

  restore(change: ChangeBytes, batch: StateWrites): void {
    this.#store.restore(change, batch)
  }
}

function entryOf<K, V>(
  seq: number,
  stored: StoredEntry,
  keySerde: Serde<K>,
  valueSerde: Serde<V>,
  fresh?: { readonly key: K; readonly value: V },
): PendingEntry<K, V> & AnyEntry {
  const { operator, timestamp, record, idempotencyKey, key, value } = stored
  const first = fresh ?? { key: (key === null ? null : keySerde.deserialize(key)) as K, value: undefined }
  let unused = fresh?.value
  const entry = {
    seq,
    operator,
    lane: laneOf(key),
    timestamp,
    record,
    bytes: 200 + (key?.length ?? 0) + (value?.length ?? 0) + (record.source?.value?.length ?? 0),
    idempotencyKey,
    failures: stored.failures,
    due: stored.due,
    key: first.key,
    value(): V {
      const given = unused
      unused = undefined
      if (given !== undefined) return given
      return (value === null ? null : valueSerde.deserialize(value)) as V
    },
    stored: (): StoredEntry => ({ ...stored, failures: entry.failures, due: entry.due }),
  }
  return entry
}

/** What entries whose key has these bytes have for their `lane`; null: no key. */
export function laneOf(key: Uint8Array | null): string {
  return key === null ? '' : `k${asBuffer(key).toString('latin1')}`
}

function unknown(store: string, operator: string): SluiceError {
  return new SluiceError('BAD_TOPOLOGY', `records wait for an operator "${operator}" that the pipeline has no more`, {
    place: { store, operator },
    hint: 'run the former version until drained() resolves, or name the operator in both versions alike: { as: … }',
  })
}
