import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { json } from '../../src/serde/json/json.js'
import { string } from '../../src/serde/string.js'
import type { WindowKey } from '../../src/serde/windowed.js'
import type { ManagedStore } from '../../src/store/key-value.js'
import type { StateDb, StateStore } from '../../src/store/state-db.js'
import { createWindowStore, type WindowStore, type WindowStoreOptions } from '../../src/store/window-store.js'
import { commit, compacted, restore, type ChangelogRecord } from './changelogged.js'

type Text = { readonly text: string }
type Store = WindowStore<string, Text> & ManagedStore
type Shape = Partial<
  Pick<WindowStoreOptions<string, Text>, 'size' | 'retention' | 'reach' | 'cache' | 'cacheBytes' | 'beside' | 'db'>
>

/** A store of windows `[start, start + 10]` that live for 30, unless told otherwise. */
function storeOver(db: StateDb, shape: Shape = {}): Store {
  return createWindowStore({
    name: 'windows',
    key: string,
    value: json<Text>(),
    db: db.store('windows'),
    beside: suffix => db.store(`windows${suffix}`),
    cache: false,
    cacheBytes: 0,
    retention: 30,
    size: 10,
    ...shape,
  })
}

const at = (key: string, start: number, end = start + 10): WindowKey<string> => ({ key, start, end })

function isSame(a: WindowKey<string>, b: WindowKey<string>): boolean {
  return a.key === b.key && a.start === b.start
}

async function all(store: Store): Promise<string[]> {
  const found: string[] = []
  for await (const [{ key, start, end }, { text }] of store.entries()) found.push(`${key}[${start},${end}]${text}`)
  return found
}

async function closed(store: Store, until: number): Promise<string[]> {
  const found: string[] = []
  await store.close(until, ({ key, start, end }, { text }, timestamp) => {
    found.push(`${key}[${start},${end}]${text}@${timestamp}`)
  })
  return found
}

/** A store of a database that says what is read of it. */
function withReads(of: StateStore, on: { readonly get?: () => void; readonly entry?: () => void }): StateStore {
  return {
    name: of.name,
    get(key) {
      on.get?.()
      return of.get(key)
    },
    getMany: keys => of.getMany(keys),
    async *entries(range) {
      for await (const entry of of.entries(range)) {
        on.entry?.()
        yield entry
      }
    },
  }
}

/** What every store of windows and sessions must do. `open` gives an empty database; `runs` is of random tests. */
export function windowStoreContract(name: string, open: () => Promise<StateDb>, runs: number): void {
  describe(`a store of windows in ${name}`, () => {
    test.each([
      [10, 60_000],
      [5000, 60_000],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    ])(
      'finds windows of before a restart, and new ones beside them (size %d, retention %d)',
      async (size, retention) => {
        const db = await open()
        const shape = { size, retention, cacheBytes: 1 << 16 }
        const windows: WindowKey<string>[] = []
        for (let restart = 0; restart < 4; restart++) {
          const store = storeOver(db, shape)
          for (const start of size === Number.POSITIVE_INFINITY ? [0] : [0, 8000 * restart, 8000 * restart + 4000]) {
            const window = { key: `k${restart}`, start, end: Math.min(start + size, Number.MAX_SAFE_INTEGER) }
            expect(store.get(window)?.text).toBe(windows.some(other => isSame(other, window)) ? 'x' : undefined)
            await store.put(window, { text: 'x' }, start)
            windows.push(window)
            await store.flush()
          }
          for (const each of windows) expect(store.get({ ...each })).toEqual({ text: 'x' })
          await commit(db, store)
          for (const each of windows) expect(store.get({ ...each })).toEqual({ text: 'x' })
        }
      },
    )

    test('answers what was put, with its timestamp, before and after the commit', async () => {
      const db = await open()
      const store = storeOver(db)
      await store.put(at('a', 0), { text: 'x' }, 7)
      for (let i = 0; i < 2; i++) {
        expect(store.get(at('a', 0))).toEqual({ text: 'x' })
        expect(store.timestamp).toBe(7)
        expect(store.get(at('a', 1))).toBeUndefined()
        expect(store.timestamp).toBe(-1)
        expect(store.get(at('b', 0))).toBeUndefined()
        await commit(db, store)
      }
      expect(storeOver(db).get(at('a', 0))).toEqual({ text: 'x' })
    })

    test('tells its listener of changes, with what was there before', async () => {
      const store = storeOver(await open())
      const told: unknown[] = []
      store.listen(
        (key, value, timestamp, old) => void told.push([key, value?.text ?? null, timestamp, old?.text ?? null]),
      )
      await store.put(at('a', 0), { text: 'x' }, 7)
      await store.put(at('a', 0), { text: 'y' }, 8)
      await store.put(at('a', 0), null, 9)
      await store.put(at('a', 0), null, 9)
      expect(told).toEqual([
        [at('a', 0), 'x', 7, null],
        [at('a', 0), 'y', 8, 'x'],
        [at('a', 0), null, 9, 'y'],
      ])
    })

    test('holds changes back with a cache, and tells them before they expire', async () => {
      const db = await open()
      const store = storeOver(db, { cache: true })
      const told: unknown[] = []
      store.listen(({ key, start }, value) => void told.push(`${key}${start}${value?.text ?? ''}`))
      await store.put(at('a', 0), { text: 'x' }, 7)
      await store.put(at('a', 0), { text: 'y' }, 8)
      await store.put(at('b', 100), { text: 'z' }, 100)
      expect(told).toEqual([])
      await commit(db, store)
      expect(told).toEqual(['a0y', 'b100z'])
      expect(await all(store)).toEqual(['b[100,110]z'])
    })

    test('forgets windows behind the retention, from the database and from the changelog', async () => {
      const db = await open()
      const store = storeOver(db)
      const records: ChangelogRecord[] = []
      for (let start = 0; start <= 100; start += 10) {
        await store.put(at('a', start), { text: `${start}` }, start)
        records.push(...(await commit(db, store)))
      }
      expect(await all(store)).toEqual(['a[80,90]80', 'a[90,100]90', 'a[100,110]100'])
      expect(await count(db, 'windows')).toBe(3)
      expect(await count(db, 'windows~times')).toBe(3)
      expect(compacted(records).filter(({ key }) => key.length > 16)).toHaveLength(3)
    })

    test('reads what has expired, and nothing behind it', async () => {
      const db = await open()
      let read = 0
      const counting = (of: StateStore) => withReads(of, { entry: () => void read++ })
      const store = storeOver(db, { beside: suffix => counting(db.store(`windows${suffix}`)) })
      for (const key of ['a', 'b', 'c']) void store.put(at(key, 60), { text: '' }, 60)
      await commit(db, store)
      for (let i = 0; i < 500; i++) void store.put(at(`key-${i}`, 100), { text: '' }, 100)
      await commit(db, store)
      expect(read).toBe(3)
      void store.put(at('a', 129), { text: '' }, 129)
      await commit(db, store)
      void store.put(at('b', 129), { text: 'last' }, 129)
      await commit(db, store)
      expect(read).toBe(3)
      void store.put(at('c', 130), { text: 'new' }, 130)
      await commit(db, store)
      expect(read).toBe(503)
      expect(await all(store)).toEqual(['a[129,139]', 'b[129,139]last', 'c[130,140]new'])
    })

    test('does not answer what has expired and is still there', async () => {
      const store = storeOver(await open())
      await store.put(at('a', 0), { text: 'x' }, 0)
      await store.put(at('a', 29), { text: 'y' }, 29)
      expect(store.get(at('a', 0))).toEqual({ text: 'x' })
      await store.put(at('b', 30), { text: 'z' }, 30)
      expect(store.get(at('a', 0))).toBeUndefined()
      expect(store.told(at('a', 0))).toBeUndefined()
      expect(store.timestamp).toBe(-1)
      expect(await all(store)).toEqual(['a[29,39]y', 'b[30,40]z'])
    })

    test('keeps windows for ever where the retention is infinite', async () => {
      const db = await open()
      const store = storeOver(db, { retention: Number.POSITIVE_INFINITY, size: Number.POSITIVE_INFINITY })
      const forever = { key: 'a', start: 0, end: Number.MAX_SAFE_INTEGER }
      await store.put(forever, { text: 'x' }, 1e12)
      await commit(db, store)
      expect(store.get(forever)).toEqual({ text: 'x' })
      store.closedUntil(-1)
      expect(await closed(store, 0)).toEqual([`a[0,${Number.MAX_SAFE_INTEGER}]x@1000000000000`])
    })

    test('hands out closed windows once, by start and key, as they are then', async () => {
      const db = await open()
      const store = storeOver(db, { retention: 1000 })
      store.closedUntil(-1)
      for (const [key, start] of [
        ['b', 10],
        ['a', 10],
        ['ab', 10],
        ['a', 0],
        ['c', 20],
        ['', 10],
      ] as const) {
        await store.put(at(key, start), { text: 'x' }, start + 1)
      }
      await store.put(at('a', 10), { text: 'y' }, 19)
      await commit(db, store)
      expect(await closed(store, 9)).toEqual(['a[0,10]x@1'])
      expect(await closed(store, 19)).toEqual(['[10,20]x@11', 'a[10,20]y@19', 'ab[10,20]x@11', 'b[10,20]x@11'])
      expect(await closed(store, 19)).toEqual([])
      await store.put(at('a', 40), { text: 'z' }, 40)
      expect(await closed(store, 39)).toEqual(['c[20,30]x@21'])
      expect(await closed(store, 40)).toEqual(['a[40,50]z@40'])
    })

    test('goes on closing where it was, and lets nothing expire before it was handed out', async () => {
      const db = await open()
      const store = storeOver(db)
      store.closedUntil(-1)
      await store.put(at('a', 0), { text: 'x' }, 0)
      await store.put(at('a', 10), { text: 'y' }, 10)
      expect(await closed(store, 0)).toEqual(['a[0,10]x@0'])
      await store.put(at('a', 90), { text: 'z' }, 90)
      await commit(db, store)
      const again = storeOver(db)
      again.closedUntil(0)
      await commit(db, again)
      expect(await closed(again, 80)).toEqual(['a[10,20]y@10'])
      await commit(db, again)
      expect(await count(db, 'windows')).toBe(1)
    })

    test('waits for who takes the windows it hands out', async () => {
      const store = storeOver(await open())
      store.closedUntil(-1)
      const order: string[] = []
      for (const key of ['a', 'b']) await store.put(at(key, 0), { text: key }, 0)
      await store.close(0, async ({ key }) => {
        order.push(`${key} begins`)
        await Promise.resolve()
        order.push(`${key} ends`)
      })
      expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
    })

    test('hands out more windows than it keeps in memory', async () => {
      const db = await open()
      const store = storeOver(db, { retention: 1e9 })
      store.closedUntil(-1)
      const starts = Array.from({ length: 12_000 }, (_, i) => (i * 7919) % 12_000)
      for (const start of starts) await store.put(at('k', start), { text: '' }, start)
      const seen: number[] = []
      await store.close(5_999, ({ start }) => void seen.push(start))
      await commit(db, store)
      await store.close(12_000, ({ start }) => void seen.push(start))
      expect(seen).toEqual(Array.from({ length: 12_000 }, (_, i) => i))
    })

    test('remembers times, by the changelog too', async () => {
      const db = await open()
      const store = storeOver(db)
      expect(store.clock(0).value).toBe(-1)
      store.clock(0).value = 42
      store.clock(3).value = 7
      const records = await commit(db, store)
      expect(storeOver(db).clock(0).value).toBe(42)
      const other = await open()
      await restore(other, storeOver(other), records)
      const restored = storeOver(other)
      expect([0, 1, 3].map(id => restored.clock(id).value)).toEqual([42, -1, 7])
    })

    test('finds the windows of a key by their starts, where it was made for that', async () => {
      const db = await open()
      const store = storeOver(db, { reach: 10, retention: 1000 })
      for (const start of [25, 0, 10, 11, 40]) await store.put(at('a', start), { text: 'x' }, start)
      await store.put(at('aa', 12), { text: 'x' }, 12)
      await store.put(at('a', 11), null, 11)
      for (let i = 0; i < 2; i++) {
        expect(store.windowsOf('a', 1, 25)).toEqual([
          { start: 10, end: 20 },
          { start: 25, end: 35 },
        ])
        expect(store.windowsOf('a', -20, 0)).toEqual([{ start: 0, end: 10 }])
        expect(store.windowsOf('b', 0, 100)).toEqual([])
        await commit(db, store)
      }
    })

    test('discards what no commit has taken', async () => {
      const db = await open()
      const store = storeOver(db, { reach: 10 })
      await store.put(at('a', 0), { text: 'x' }, 0)
      store.clock(0).value = 1
      await commit(db, store)
      await store.put(at('a', 0), { text: 'y' }, 5)
      await store.put(at('a', 90), { text: 'z' }, 90)
      store.clock(0).value = 90
      store.discard()
      expect(store.clock(0).value).toBe(1)
      expect(await all(store)).toEqual(['a[0,10]x'])
      expect(store.windowsOf('a', 0, 100)).toEqual([{ start: 0, end: 10 }])
    })
  })

  describe(`a store of sessions in ${name}`, () => {
    test('does not ask the database for a session that is new, as one is whenever it grows', async () => {
      const db = await open()
      let asked = 0
      const windows = withReads(db.store('windows'), { get: () => void asked++ })
      const shape = { size: 'session', retention: 10_000, cacheBytes: 1 << 20 } as const
      const store = storeOver(db, { ...shape, db: windows })
      for (let end = 10; end < 500; end += 10) {
        for (const key of ['a', 'b']) {
          for (const former of store.windowsOf(key, end - 10, end)) void store.put({ key, ...former }, null, end)
          void store.put(at(key, 0, end), { text: String(end) }, end)
        }
        await commit(db, store)
      }
      expect(asked).toBe(0)
      expect(await all(store)).toEqual(['a[0,490]490', 'b[0,490]490'])
      const again = storeOver(db, { ...shape, db: windows })
      for (const former of again.windowsOf('a', 490, 500)) void again.put({ key: 'a', ...former }, null, 500)
      void again.put(at('a', 0, 500), { text: 'last' }, 500)
      expect(asked).toBe(1)
      await commit(db, again)
      expect(await all(again)).toEqual(['a[0,500]last', 'b[0,490]490'])
    })

    test('finds those that have a part in a time, by their end', async () => {
      const db = await open()
      const store = storeOver(db, { size: 'session', retention: 1000 })
      for (const [start, end] of [
        [50, 60],
        [0, 5],
        [10, 30],
        [12, 20],
      ] as const) {
        await store.put(at('a', start, end), { text: 'x' }, end)
      }
      for (let i = 0; i < 2; i++) {
        expect(store.windowsOf('a', 5, 12)).toEqual([
          { start: 0, end: 5 },
          { start: 12, end: 20 },
          { start: 10, end: 30 },
        ])
        expect(store.windowsOf('a', 31, 49)).toEqual([])
        await commit(db, store)
      }
    })

    test('closes and expires them by their end', async () => {
      const db = await open()
      const store = storeOver(db, { size: 'session' })
      store.closedUntil(-1)
      await store.put(at('b', 0, 20), { text: 'x' }, 20)
      await store.put(at('a', 5, 20), { text: 'y' }, 20)
      await store.put(at('a', 2, 9), { text: 'z' }, 9)
      expect(await closed(store, 20)).toEqual(['a[2,9]z@9', 'b[0,20]x@20', 'a[5,20]y@20'])
      await store.put(at('a', 40, 50), { text: 'w' }, 50)
      await commit(db, store)
      expect(await all(store)).toEqual(['a[40,50]w'])
      expect(await count(db, 'windows~lists')).toBe(1)
    })
  })

  test.each<readonly [string, Shape]>([
    ['windows', { reach: 4, size: 5 }],
    ['sessions', { size: 'session' }],
  ])(`${name}: %s against a plain model, with commits, restarts and restores`, async (_, shape) => {
    const operations = fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.tuple(fc.constantFrom('a', 'b', 'a\0'), fc.nat(60), fc.nat(9), fc.boolean()) },
        { weight: 3, arbitrary: fc.constantFrom('commit', 'restart', 'restore') },
      ),
      { maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(operations, async steps => {
        let db = await open()
        const options = { ...shape, retention: 40 }
        let store = storeOver(db, options)
        const model = new Map<string, readonly [WindowKey<string>, string]>()
        const records: ChangelogRecord[] = []
        let latest = -1
        for (const [i, step] of steps.entries()) {
          if (typeof step === 'string') {
            records.push(...(await commit(db, store)))
            if (step === 'restore') {
              db = await open()
              await restore(db, storeOver(db, options), i % 2 === 0 ? records : compacted(records))
            }
            if (step !== 'commit') store = storeOver(db, options)
          } else {
            const [key, start, length, present] = step
            const window = at(key, start, start + (shape.size === 'session' ? length : 5))
            const time = shape.size === 'session' ? window.end : start
            latest = Math.max(latest, time)
            await store.put(window, present ? { text: `${i}` } : null, time)
            const id = JSON.stringify(window)
            if (present) model.set(id, [window, `${i}`])
            else model.delete(id)
          }
          const live = [...model.values()].filter(
            ([{ start, end }]) => (shape.size === 'session' ? end : start) > latest - 40,
          )
          expect((await all(store)).toSorted()).toEqual(
            live.map(([{ key, start, end }, text]) => `${key}[${start},${end}]${text}`).toSorted(),
          )
          expect(store.windowsOf('a', 10, 40)).toEqual(
            live
              .map(([window]) => window)
              .filter(
                ({ key, start, end }) => key === 'a' && start <= 40 && (shape.size === 'session' ? end : start) >= 10,
              )
              .map(({ start, end }) => ({ start, end }))
              .toSorted((a, b) => a.end - b.end || a.start - b.start),
          )
        }
      }),
      { numRuns: runs },
    )
  })
}

async function count(db: StateDb, store: string): Promise<number> {
  let entries = 0
  for await (const [key] of db.store(store).entries()) if (key[0] !== 0xff) entries++
  return entries
}
