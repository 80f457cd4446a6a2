import fc from 'fast-check'
import { expect } from 'vitest'
import { createKeyValueStore, type CachedStore } from '../../src/store/cached-store.js'
import type { StateBatch, StateDb } from '../../src/store/state-db.js'
import type { Serde } from '../../src/serde/serde.js'
import { unread, type UnreadBytes } from '../../src/serde/unread.js'
import { hearing } from './hearing.js'

/** A database that may be closed and opened again with what was written to it. */
export interface Reopenable {
  readonly db: StateDb
  reopen(): Promise<StateDb>
}

/** One step of a run; `key` and `value` are indices into the lists of the case. */
export type Step =
  | {
      readonly do: 'put'
      readonly key: number
      readonly value: number
      readonly timestamp: number
      /** The store gets the bytes that the value was read from. */
      readonly read: boolean
      /** The store gets the bytes of the key. */
      readonly asBytes: boolean
    }
  | {
      readonly do: 'delete' | 'get' | 'told'
      readonly key: number
      readonly timestamp: number
      readonly asBytes: boolean
    }
  | { readonly do: 'flush' | 'drain' | 'commit' | 'discard' | 'reopen' | 'churn' | 'prefetch' | 'warm' }
  | {
      readonly do: 'entries'
      readonly from: number
      readonly to: number
      readonly reverse: boolean
      readonly open: boolean
    }

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('put' as const),
        key: fc.nat(5),
        value: fc.nat(3),
        timestamp: fc.integer({ min: 0, max: 2 ** 42 }),
        read: fc.boolean(),
        asBytes: fc.boolean(),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom('delete' as const, 'get' as const, 'told' as const),
        key: fc.nat(5),
        timestamp: fc.integer({ min: 0, max: 2 ** 42 }),
        asBytes: fc.boolean(),
      }),
    },
    {
      weight: 7,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'flush',
          'drain',
          'drain',
          'commit',
          'commit',
          'discard',
          'reopen',
          'churn',
          'prefetch',
          'warm',
        ),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('entries' as const),
        from: fc.nat(5),
        to: fc.nat(5),
        reverse: fc.boolean(),
        open: fc.boolean(),
      }),
    },
  ),
  { maxLength: 60, size: 'max' },
)

export interface Case<K, V> {
  readonly key: Serde<K>
  readonly value: Serde<V>
  /** Six keys with different bytes. */
  readonly keys: readonly K[]
  readonly values: readonly V[]
  /** Any number of other keys. */
  readonly other: (i: number) => K
  readonly cache: boolean
  readonly cacheBytes?: number
  /** Set where the listener does not look at old values. */
  readonly old?: false
}

interface Present<V> {
  readonly value: V
  readonly timestamp: number
}

/** Does the steps on a store and on maps, and compares all that can be seen. */
export async function compare<K, V>(one: Case<K, V>, place: Reopenable, list: readonly Step[]): Promise<void> {
  const name = 'counts'
  const id = (key: K): string => Buffer.from(one.key.serialize(key)).toString('latin1')
  const keyOf = new Map(one.keys.map(key => [id(key), one.key.deserialize(one.key.serialize(key))]))
  let db = place.db
  let store: CachedStore<K, V>
  let told: unknown[] = []
  const record: { unread: UnreadBytes | undefined } = { unread: undefined }

  // The model: what is in the database, newest and told values by key, keys changed since drain and since telling.
  const database = new Map<string, Present<V>>()
  let newest = new Map<string, Present<V>>()
  let heard = new Map<string, Present<V>>()
  let undrained = new Map<string, number>()
  // What the database has, or will have by what is in flight.
  let written = new Set<string>()
  let untold = new Map<string, number>()
  const flying: { batch: StateBatch; changes: Map<string, Present<V> | undefined> }[] = []

  function start(): void {
    store = createKeyValueStore({
      name,
      key: one.key,
      value: one.value,
      db: db.store(name),
      cache: one.cache,
      cacheBytes: one.cacheBytes ?? 0,
    })
    store.findsKeysOf(record)
    store.listen(
      (key, value, timestamp, old) => void told.push([key, value, timestamp, old]),
      one.old === false ? { ...hearing, old: false } : undefined,
    )
  }

  /** The key, or its bytes alone: in one place as long as it is one record's. */
  function asked(step: { readonly key: number; readonly asBytes: boolean }): K {
    const key = one.keys[step.key]!
    if (!step.asBytes) return key
    const bytes = Buffer.from(one.key.serialize(key))
    if (record.unread?.buffer.equals(bytes) !== true) {
      record.unread = { buffer: bytes, keyStart: 0, keyEnd: bytes.length, valueStart: 0, valueEnd: 0 }
    }
    return unread as K
  }

  function forget(): void {
    newest = new Map(database)
    heard = new Map(database)
    undrained = new Map()
    written = new Set(database.keys())
    untold = new Map()
    flying.length = 0
  }

  function change(
    step: { readonly key: number; readonly timestamp: number; readonly asBytes: boolean },
    value: V | null,
    read?: UnreadBytes,
  ): void {
    const { timestamp } = step
    const given = one.keys[step.key]!
    const at = id(given)
    const key = step.asBytes ? keyOf.get(at) : given
    const former = newest.get(at)
    const result = store.put(asked(step), value, timestamp, read)
    expect(result).toBeUndefined()
    if (value === null && former === undefined) return
    if (value === null) newest.delete(at)
    else newest.set(at, { value, timestamp })
    undrained.set(at, timestamp)
    if (one.cache) {
      // The latest change of a key decides about its turn.
      untold.delete(at)
      untold.set(at, timestamp)
      expect(told).toEqual([])
    } else {
      expect(told).toEqual([[key, value, timestamp, one.old === false ? undefined : (former?.value ?? null)]])
      heard = new Map(newest)
    }
    told = []
  }

  function look(step: { readonly key: number; readonly asBytes: boolean }): void {
    const present = newest.get(id(one.keys[step.key]!))
    const got = store.get(asked(step))
    expect(got).toEqual(present?.value)
    // It is the caller's own to change.
    if (typeof got === 'object' && got !== null && 'changed' in got) got.changed = true
    expect(store.timestamp).toBe(present?.timestamp ?? -1)
  }

  start()
  for (const step of list) {
    switch (step.do) {
      case 'put':
        change(
          step,
          one.values[step.value]!,
          step.read ? bytesOf(one.value.serialize(one.values[step.value]!)) : undefined,
        )
        break
      case 'delete':
        change(step, null)
        break
      case 'get':
        look(step)
        break
      case 'told': {
        if (one.old === false) break
        const present = heard.get(id(one.keys[step.key]!))
        expect(store!.told(asked(step))).toEqual(present?.value)
        expect(store!.timestamp).toBe(present?.timestamp ?? -1)
        break
      }
      case 'flush': {
        const expected: unknown[] = []
        for (const [at, timestamp] of untold) {
          const [now, old] = [newest.get(at), heard.get(at)]
          if (now === undefined && old === undefined) continue
          const before = one.old === false ? undefined : (old?.value ?? null)
          expected.push([keyOf.get(at), now?.value ?? null, timestamp, before])
        }
        await store!.flush()
        expect(told).toEqual(expected)
        told = []
        untold = new Map()
        heard = new Map(newest)
        break
      }
      case 'drain': {
        const batch = db.batch()
        const changelog: unknown[] = []
        store!.drain((bytes, keyStart, keyEnd, valueStart, valueEnd, timestamp) => {
          const value = valueEnd < 0 ? null : Buffer.from(bytes.subarray(valueStart, valueEnd))
          changelog.push([bytes.toString('latin1', keyStart, keyEnd), value && one.value.deserialize(value), timestamp])
        }, batch)
        // What came and went since the last drain nobody has to hear of.
        const changes = [...undrained].filter(([at]) => newest.has(at) || written.has(at))
        expect(sorted(changelog)).toEqual(
          sorted(changes.map(([at, timestamp]) => [at, newest.get(at)?.value ?? null, timestamp])),
        )
        expect(store!.uncommittedBytes).toBe(0)
        written = new Set(newest.keys())
        flying.push({ batch, changes: new Map([...undrained.keys()].map(at => [at, newest.get(at)])) })
        undrained = new Map()
        break
      }
      case 'commit': {
        const oldest = flying.shift()
        if (oldest === undefined) break
        await db.write(oldest.batch)
        for (const [at, present] of oldest.changes) {
          if (present === undefined) database.delete(at)
          else database.set(at, present)
        }
        store!.committed()
        break
      }
      case 'discard':
        store!.discard()
        forget()
        break
      case 'reopen':
        db = await place.reopen()
        start()
        forget()
        break
      case 'churn':
        // Enough absent keys to push everything else out of the cache twice.
        for (let i = 0; i < 400; i++) expect(store!.get(one.other(i))).toBeUndefined()
        break
      case 'prefetch':
        await store!.prefetch([...one.keys, ...one.keys].map(key => one.key.serialize(key)))
        break
      case 'warm': {
        const keys = one.keys.map(key => Buffer.from(one.key.serialize(key)))
        const ends = Int32Array.from(keys, (_, i) => Buffer.concat(keys.slice(0, i + 1)).length)
        store!.warm(Buffer.concat(keys), Int32Array.of(0, ...ends.subarray(0, -1)), ends, keys.length)
        break
      }
      case 'entries': {
        const [from, to] = [one.keys[step.from]!, one.keys[step.to]!]
        const found: unknown[] = []
        const range = step.open ? { reverse: step.reverse } : { from, to, reverse: step.reverse }
        for await (const entry of store!.entries(range)) found.push(entry)
        const inside = [...newest]
          .filter(([at]) => step.open || (at >= id(from) && at <= id(to)))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([at, { value }]) => [keyOf.get(at), value])
        expect(found).toEqual(step.reverse ? inside.toReversed() : inside)
        break
      }
    }
    expect(store!.uncommittedBytes > 0).toBe(undrained.size > 0)
  }
  one.keys.forEach((_, key) => look({ key, asBytes: key % 2 === 0 }))
}

/** Somewhere in a buffer, as in a batch. */
function bytesOf(value: Uint8Array): UnreadBytes {
  const buffer = Buffer.concat([Buffer.from('before'), value, Buffer.from('behind')])
  return { buffer, keyStart: 0, keyEnd: 6, valueStart: 6, valueEnd: 6 + value.length }
}

function sorted(list: unknown[]): unknown[] {
  return list
    .map(item => JSON.stringify(item, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)))
    .sort()
}
