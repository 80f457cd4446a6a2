import { describe, expect, test } from 'vitest'
import { bytes, json, long, string, windowed, type Serde } from '../../src/serde/index.js'
import { createKeyValueStore, type CachedStore } from '../../src/store/cached-store.js'
import { unread, type UnreadBytes } from '../../src/serde/unread.js'
import { MemoryStateDb } from '../../src/store/memory-db.js'
import type { StateDb, StateStore } from '../../src/store/state-db.js'
import { restoreOne } from './changelogged.js'
import { hearing } from './hearing.js'

interface Parts<K, V> {
  readonly store: CachedStore<K, V>
  readonly db: StateDb
  readonly told: [K, V | null, number, V | null | undefined][]
}

function open<K, V>(key: Serde<K>, value: Serde<V>, cache = true, db: StateDb = new MemoryStateDb()): Parts<K, V> {
  const store = createKeyValueStore({ name: 'counts', key, value, db: db.store('counts'), cache })
  const told: [K, V | null, number, V | null | undefined][] = []
  store.listen((...heard) => void told.push(heard))
  return { store, db, told }
}

async function commit({ store, db }: Parts<any, any>): Promise<void> {
  const batch = db.batch()
  store.drain(undefined, batch)
  await db.write(batch)
  store.committed()
}

describe('what is stored', () => {
  test('is the timestamp, int64 big-endian, and the value; the changelog has them apart', async () => {
    const { store, db } = open(string, long)
    void store.put('a', 5, 0x0102030405)
    const batch = db.batch()
    const changelog: unknown[] = []
    store.drain((bytes, keyStart, keyEnd, valueStart, valueEnd, timestamp) => {
      const value = [...bytes.subarray(valueStart, valueEnd)]
      changelog.push([bytes.toString('utf8', keyStart, keyEnd), value, timestamp])
    }, batch)
    await db.write(batch)
    expect(changelog).toEqual([['a', [0, 0, 0, 0, 0, 0, 0, 5], 0x0102030405]])
    expect([...db.store('counts').get(Buffer.from('a'))!]).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0, 5])
  })

  test('is written to the store that the database names, whatever the operators call it', async () => {
    const db = new MemoryStateDb()
    const store = createKeyValueStore({
      name: 'counts',
      key: string,
      value: long,
      db: db.store('app/counts/0'),
      cache: false,
    })
    void store.put('a', 1, 1)
    const batch = db.batch()
    store.drain(undefined, batch)
    restoreOne(store, { key: Buffer.from('b'), value: Buffer.alloc(8), timestamp: 1 }, batch)
    await db.write(batch)
    expect(db.store('app/counts/0').get(Buffer.from('a'))).toBeDefined()
    expect(db.store('app/counts/0').get(Buffer.from('b'))).toBeDefined()
  })

  test('is nothing where a value came and went between two commits; one that was committed is deleted', async () => {
    const parts = open(string, long, false)
    const { store, db } = parts
    const drained = async (): Promise<string[]> => {
      const batch = db.batch()
      const names: string[] = []
      store.drain((bytes, keyStart, keyEnd, _, valueEnd) => {
        names.push(`${bytes.toString('utf8', keyStart, keyEnd)}${valueEnd < 0 ? ' deleted' : ''}`)
      }, batch)
      await db.write(batch)
      return names
    }
    const comeAndGo = (): void => {
      void store.put('a', 1, 1)
      void store.put('a', null, 2)
    }
    comeAndGo()
    expect(await drained()).toEqual([])
    void store.put('a', 1, 3)
    expect(await drained()).toEqual(['a'])
    comeAndGo()
    expect(await drained()).toEqual(['a deleted'])
    // The deletion is still on its way.
    comeAndGo()
    expect(await drained()).toEqual([])
    for (let i = 0; i < 4; i++) store.committed()
    expect(db.store('counts').get(Buffer.from('a'))).toBeUndefined()
  })

  test('comes back from a changelog, tombstones included', async () => {
    const { store, db } = open(string, long)
    const first = db.batch()
    restoreOne(store, { key: Buffer.from('a'), value: Buffer.from(long.serialize(1)), timestamp: 10 }, first)
    restoreOne(store, { key: Buffer.from('b'), value: Buffer.from(long.serialize(2)), timestamp: 20 }, first)
    restoreOne(store, { key: Buffer.from('a'), value: Buffer.from(long.serialize(3)), timestamp: 30 }, first)
    restoreOne(store, { key: Buffer.from('b'), value: null, timestamp: 40 }, first)
    await db.write(first)
    expect([store.get('a'), store.timestamp]).toEqual([3, 30])
    expect([store.get('b'), store.timestamp]).toEqual([undefined, -1])
  })
})

describe('the listener', () => {
  test('hears at once without a cache, and its promise is handed on', async () => {
    const { store, told } = open(string, long, false)
    void store.put('a', 1, 10)
    void store.put('a', 2, 20)
    void store.put('a', null, 30)
    void store.put('a', null, 40)
    expect(told).toEqual([
      ['a', 1, 10, null],
      ['a', 2, 20, 1],
      ['a', null, 30, 2],
    ])
    const slow = createKeyValueStore({
      name: 's',
      key: string,
      value: long,
      db: new MemoryStateDb().store('s'),
      cache: false,
    })
    const done = Promise.resolve()
    slow.listen(() => done)
    expect(slow.put('a', 1, 1)).toBe(done)
  })

  test('hears of each key once at a flush, in order of the latest changes, and not of what came and went', () => {
    const { store, told } = open(string, long)
    void store.put('b', 1, 10)
    void store.put('a', 1, 11)
    void store.put('gone', 1, 12)
    void store.put('b', 2, 13)
    void store.put('gone', null, 14)
    expect(told).toEqual([])
    expect(store.told('b')).toBeUndefined()
    expect(store.timestamp).toBe(-1)
    void store.flush()
    expect(told).toEqual([
      ['a', 1, 11, null],
      ['b', 2, 13, null],
    ])
    expect([store.told('b'), store.timestamp]).toEqual([2, 13])
  })

  test('still hears the value it was told before, after a drain and a commit in between', async () => {
    const parts = open(string, json<{ n: number }>())
    const { store, told } = parts
    void store.put('a', { n: 1 }, 1)
    void store.flush()
    void store.put('a', { n: 2 }, 2)
    await commit(parts)
    void store.put('a', { n: 3 }, 3)
    void store.put('a', { n: 4 }, 4)
    expect(store.told('a')).toEqual({ n: 1 })
    void store.flush()
    expect(told).toEqual([
      ['a', { n: 1 }, 1, null],
      ['a', { n: 4 }, 4, { n: 1 }],
    ])
  })

  test('may write to the store during a flush: nothing is lost or told twice', () => {
    const db = new MemoryStateDb()
    const store = createKeyValueStore({ name: 's', key: string, value: long, db: db.store('s'), cache: true })
    const heard: string[] = []
    store.listen((key, value, timestamp, old) => {
      heard.push(`${key}: ${old} → ${value}`)
      // each key passes one on to its neighbour, and `a` changes itself once more
      if (key === 'a' && value === 1) void store.put('a', 2, timestamp)
      if (key === 'b' && value === 1) void store.put('c', 9, timestamp)
    })
    for (const key of ['a', 'b', 'c']) void store.put(key, 1, 1)
    void store.flush()
    expect(heard).toEqual(['a: null → 1', 'b: null → 1', 'a: 1 → 2', 'c: null → 9'])
    void store.flush()
    expect(heard).toHaveLength(4)
  })

  test('may suspend during a flush, and flush again from within', async () => {
    const db = new MemoryStateDb()
    const store = createKeyValueStore({ name: 's', key: string, value: long, db: db.store('s'), cache: true })
    const heard: string[] = []
    store.listen(async key => {
      heard.push(key)
      await Promise.resolve()
      if (key === 'a') await store.flush()
      heard.push(`${key} done`)
    })
    for (const key of ['a', 'b', 'c']) void store.put(key, 1, 1)
    await store.flush()
    expect(heard).toEqual(['a', 'b', 'b done', 'c', 'c done', 'a done'])
  })

  test('is one', () => {
    const { store } = open(string, long)
    expect(() => store.listen(() => undefined)).toThrow(/BAD_TOPOLOGY/)
  })
})

describe('values that are objects', () => {
  test('are the reader’s own at every read, and the writer’s after every write', async () => {
    const parts = open(string, json<{ list: number[] }>())
    const { store, told } = parts
    const mine = { list: [1] }
    void store.put('a', mine, 1)
    mine.list.push(2)
    store.get('a')!.list.push(3)
    expect(store.get('a')).toEqual({ list: [1] })
    void store.flush()
    told[0]![1]!.list.push(4)
    await commit(parts)
    store.get('a')!.list.push(5)
    expect(store.get('a')).toEqual({ list: [1] })
  })

  test('may be changed and put back', () => {
    const { store } = open(string, json<number[]>())
    void store.put('a', [1], 1)
    for (let i = 2; i < 5; i++) {
      const list = store.get('a')!
      list.push(i)
      void store.put('a', list, i)
    }
    expect(store.get('a')).toEqual([1, 2, 3, 4])
  })

  test('in flight are not written over by a change of the same length', async () => {
    const { store, db } = open(string, json<{ n: number }>())
    void store.put('a', { n: 1 }, 1)
    const batch = db.batch()
    store.drain(undefined, batch)
    void store.put('a', { n: 2 }, 2)
    void store.put('a', { n: 3 }, 3)
    await db.write(batch)
    store.discard()
    expect([store.get('a'), store.timestamp]).toEqual([{ n: 1 }, 1])
  })

  test('of bytes are copied', () => {
    const { store } = open(string, bytes)
    const mine = Uint8Array.of(1, 2)
    void store.put('a', mine, 1)
    mine[0] = 9
    store.get('a')![1] = 9
    expect(store.get('a')).toEqual(Uint8Array.of(1, 2))
  })

  test('of a serde that keeps the bytes it is given are copied too', () => {
    const raw: Serde<Uint8Array> = { serialize: value => value, deserialize: value => value }
    const { store } = open(string, raw)
    const mine = Uint8Array.of(1, 2)
    void store.put('a', mine, 1)
    mine[0] = 9
    store.get('a')![1] = 9
    expect(store.get('a')).toEqual(Uint8Array.of(1, 2))
  })
})

describe('keys', () => {
  test('that are objects are one key where their bytes are', () => {
    const { store } = open(windowed(string), long)
    void store.put({ key: 'a', start: 0, end: 10 }, 1, 1)
    expect(store.get({ end: 10, start: 0, key: 'a' })).toBe(1)
    expect(store.get({ key: 'a', start: 0, end: 11 })).toBeUndefined()
  })

  test('with lone surrogates are the key that their bytes say', async () => {
    const parts = open(string, long)
    void parts.store.put('\ud800', 1, 1)
    void parts.store.put('\udfff', 2, 2)
    expect(parts.store.get('\ufffd')).toBe(2)
    await commit(parts)
    parts.store.discard()
    expect(parts.store.get('\ud800')).toBe(2)
  })

  test('and values that the serde refuses change nothing', () => {
    const { store, told } = open(string, long)
    void store.put('a', 1, 1)
    expect(() => store.put('a', 1.5, 2)).toThrow(/SERIALIZE/)
    expect(() => store.put('a', Number.NaN, 2)).toThrow(/SERIALIZE/)
    expect(() => store.get(5 as never)).toThrow(/SERIALIZE/)
    expect([store.get('a'), store.timestamp]).toEqual([1, 1])
    void store.flush()
    expect(told).toEqual([['a', 1, 1, null]])
  })
})

describe('memory', () => {
  test('uncommitted bytes grow with what is written and are gone with the drain', () => {
    const { store, db } = open(string, string)
    expect(store.uncommittedBytes).toBe(0)
    void store.put('a', 'x'.repeat(1000), 1)
    expect(store.uncommittedBytes).toBeGreaterThan(1000)
    const before = store.uncommittedBytes
    void store.put('a', 'x'.repeat(500), 2)
    expect(store.uncommittedBytes).toBe(before - 500)
    store.drain(undefined, db.batch())
    expect(store.uncommittedBytes).toBe(0)
  })

  test('holds about the budget and asks the database for the rest, absence included', async () => {
    let reads = 0
    const db = new MemoryStateDb()
    const counting: StateStore = countReads(db.store('s'), () => reads++)
    const store = createKeyValueStore({
      name: 's',
      key: string,
      value: long,
      db: counting,
      cache: true,
      cacheBytes: 1 << 20,
    })
    const keys = Array.from({ length: 20_000 }, (_, i) => `key-${i}`)
    for (const key of keys) store.get(key)
    expect(reads).toBe(20_000)
    reads = 0
    for (const key of keys.slice(-1000)) expect(store.get(key)).toBeUndefined()
    expect(reads).toBe(0)
    for (const key of keys.slice(0, 1000)) store.get(key)
    expect(reads).toBe(1000)
  })

  test('keeps what is used though much else passes by', () => {
    let reads = 0
    const store = createKeyValueStore({
      name: 's',
      key: string,
      value: long,
      db: countReads(new MemoryStateDb().store('s'), () => reads++),
      cache: true,
      cacheBytes: 1 << 20,
    })
    for (let i = 0; i < 20_000; i++) {
      store.get('hot')
      store.get(`key-${i}`)
    }
    expect(reads).toBe(20_001)
  })
})

describe('prefetch', () => {
  test('brings keys into memory, present and absent ones', async () => {
    const parts = open(string, long)
    void parts.store.put('a', 1, 1)
    await commit(parts)
    let reads = 0
    const db = countReads(parts.db.store('counts'), () => reads++)
    const store = createKeyValueStore({ name: 'counts', key: string, value: long, db, cache: true })
    await store.prefetch(['a', 'b', 'a'].map(key => Buffer.from(key)))
    expect([store.get('a'), store.get('b')]).toEqual([1, undefined])
    expect(reads).toBe(0)
  })

  test('does not bring back what a commit has made old meanwhile', async () => {
    const db = new MemoryStateDb()
    let release = () => {}
    const slow: StateStore = {
      name: 's',
      get: key => db.store('s').get(key),
      entries: range => db.store('s').entries(range),
      async getMany(keys) {
        const found = await db.store('s').getMany(keys)
        await new Promise<void>(resolve => (release = resolve))
        return found
      },
    }
    const store = createKeyValueStore({ name: 's', key: string, value: long, db: slow, cache: true, cacheBytes: 0 })
    const fetching = store.prefetch([Buffer.from('a')])
    await Promise.resolve()
    await Promise.resolve()
    void store.put('a', 1, 1)
    await commit({ store, db, told: [] })
    for (let i = 0; i < 1000; i++) store.get(`other-${i}`)
    release()
    await fetching
    expect(store.get('a')).toBe(1)
  })
})

test('entries are those of the moment of the call', async () => {
  const parts = open(string, json<{ n: number }>())
  const { store } = parts
  void store.put('b', { n: 1 }, 1)
  await commit(parts)
  void store.put('a', { n: 1 }, 1)
  const entries = store.entries()
  void store.put('a', { n: 2 }, 2)
  void store.put('b', null, 2)
  await commit(parts)
  const found: unknown[] = []
  for await (const entry of entries) found.push(entry)
  expect(found).toEqual([
    ['a', { n: 1 }],
    ['b', { n: 1 }],
  ])
})

function countReads(store: StateStore, count: () => void): StateStore {
  return {
    name: store.name,
    get(key) {
      count()
      return store.get(key)
    },
    getMany: keys => store.getMany(keys),
    entries: range => store.entries(range),
  }
}

describe('what the listener does not look at', () => {
  const counting = (): { readonly serde: Serde<{ n: number }>; reads: number } => {
    const inner = json<{ n: number }>()
    const counted = {
      reads: 0,
      serde: {
        serialize: inner.serialize,
        deserialize: (stored: Uint8Array) => {
          counted.reads++
          return inner.deserialize(stored)
        },
      },
    }
    return counted
  }

  test('is not decoded, and its bytes lie at hand while it is told', async () => {
    const value = counting()
    const db = new MemoryStateDb()
    const store = createKeyValueStore({
      name: 's',
      key: string,
      value: value.serde,
      db: db.store('s'),
      cache: true,
      cacheBytes: 0,
    })
    const told: unknown[] = []
    let at: UnreadBytes | undefined
    const asBytes = { ...hearing, key: false, value: false, old: false, bytes: (lie: UnreadBytes) => void (at = lie) }
    store.listen((key, newest, timestamp, old) => {
      // What a listener looks up may move what is told.
      for (let i = 0; i < 200; i++) store.get(`other-${i}`.padEnd(300))
      const { buffer, keyStart, keyEnd, valueStart, valueEnd } = at!
      const text = valueEnd < 0 ? 'none' : buffer.toString('utf8', valueStart, valueEnd)
      told.push([
        (key as unknown) === unread,
        (newest as unknown) === unread,
        buffer.toString('utf8', keyStart, keyEnd),
        text,
        timestamp,
        old,
      ])
    }, asBytes)
    void store.put('a', { n: 1 }, 1)
    void store.put('b', { n: 2 }, 2)
    await store.flush()
    await commit({ store, db, told: [] })
    void store.put('a', { n: 3 }, 3)
    void store.put('b', null, 4)
    await store.flush()
    expect(told).toEqual([
      [true, true, 'a', '{"n":1}', 1, undefined],
      [true, true, 'b', '{"n":2}', 2, undefined],
      [true, true, 'a', '{"n":3}', 3, undefined],
      [true, false, 'b', 'none', 4, undefined],
    ])
    expect(value.reads).toBe(0)
  })

  test('may be everything: then nothing is told', async () => {
    const { serde } = counting()
    const store = createKeyValueStore({
      name: 's',
      key: string,
      value: serde,
      db: new MemoryStateDb().store('s'),
      cache: true,
    })
    store.listen(() => expect.unreachable(), { ...hearing, anybody: false })
    void store.put('a', { n: 1 }, 1)
    await store.flush()
    expect(store.get('a')).toEqual({ n: 1 })
  })
})

test('a value that is put as it was got changes nothing but the time, and is told', async () => {
  let writes = 0
  const plain = json<{ n: number; list: number[] }>()
  const serializeInto: typeof plain.serializeInto = (...args) => {
    writes++
    return plain.serializeInto!(...args)
  }
  const parts = open<string, { n: number; list: number[] }>(string, { ...plain, serializeInto, copies: plain.copies! })
  const { store, told } = parts
  const value = { n: 1, list: [1] }
  void store.put('a', value, 1)
  for (let i = 0; i < 3; i++) store.get('a')
  await store.flush()
  await commit(parts)
  expect(writes).toBe(1)
  const got = store.get('a')!
  void store.put('a', got, 5)
  expect(writes).toBe(1)
  await store.flush()
  expect(told).toEqual([
    ['a', value, 1, null],
    ['a', value, 5, value],
  ])
  got.list.push(2)
  void store.put('a', got, 6)
  expect(writes).toBe(2)
  got.list.push(3)
  expect(store.get('a')).toEqual({ n: 1, list: [1, 2] })
  await commit(parts)
  const again = open(string, plain, true, parts.db).store
  expect(again.get('a')).toEqual({ n: 1, list: [1, 2] })
  expect(again.timestamp).toBe(6)
})

test('a serde that reads JSON as something else gets that again', () => {
  const plain = json<{ at: Date }>()
  const read = (text: string): { at: Date } => ({ at: new Date((JSON.parse(text) as { at: string }).at) })
  const dates: Serde<{ at: Date }> = {
    ...plain,
    deserialize: bytes => read(Buffer.from(bytes).toString()),
    deserializeFrom: (buffer, start, end) => read(buffer.toString('utf8', start, end)),
  }
  const { store } = open(string, dates)
  void store.put('a', { at: new Date(7) }, 1)
  for (let i = 0; i < 4; i++) {
    const got = store.get('a')!
    expect(got.at).toEqual(new Date(7))
    void store.put('a', got, i)
  }
})
