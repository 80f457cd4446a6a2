import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { json } from '../../src/serde/json/json.js'
import { string } from '../../src/serde/string.js'
import type { ManagedStore } from '../../src/store/key-value.js'
import type { StateDb } from '../../src/store/state-db.js'
import { createTimeOrderedStore, type TimeOrderedEntry, type TimeOrderedStore } from '../../src/store/time-ordered.js'
import { commit, compacted, restore, type ChangelogRecord } from './changelogged.js'

type Store = TimeOrderedStore<string, number> & ManagedStore

function storeOver(db: StateDb): Store {
  return createTimeOrderedStore({
    name: 'waiting',
    key: string,
    value: json<number>(),
    db: db.store('waiting'),
    cacheBytes: 0,
  })
}

async function walk(store: Store): Promise<string[]> {
  const found: string[] = []
  let entry: TimeOrderedEntry<string, number> | undefined = await store.next()
  while (entry !== undefined) {
    found.push(`${entry.timestamp}${entry.key}=${entry.value}`)
    entry = await store.next(entry)
  }
  return found
}

/** What every time-ordered store must do. `open` gives an empty database; `runs` is of random tests. */
export function timeOrderedContract(name: string, open: () => Promise<StateDb>, runs: number): void {
  describe(`a time-ordered store in ${name}`, () => {
    test('is walked in the order of time, then of keys, before and after the commit', async () => {
      const db = await open()
      const store = storeOver(db)
      store.put(300, 'b', 1)
      store.put(7, 'z', 2)
      store.put(300, 'a', 3)
      for (let i = 0; i < 2; i++) {
        expect(await walk(store)).toEqual(['7z=2', '300a=3', '300b=1'])
        expect(await store.last()).toBe(300)
        expect(store.get(300, 'a')).toBe(3)
        expect(store.get(300, 'z')).toBeUndefined()
        await commit(db, store)
      }
      store.delete(300, 'a')
      store.delete(7, 'nothing')
      expect(await walk(store)).toEqual(['7z=2', '300b=1'])
    })

    test('writes its changelog at other times than those of its entries, where asked to', async () => {
      const db = await open()
      const store = storeOver(db)
      store.put(5_000, 'a', 1, 10)
      store.put(6_000, 'b', 2)
      const put = await commit(db, store)
      expect(put.map(({ timestamp }) => timestamp)).toEqual([10, 6_000])
      store.delete(5_000, 'a', 11)
      const gone = await commit(db, store)
      expect(gone.map(({ timestamp, value }) => [timestamp, value])).toEqual([[11, null]])
      expect(await walk(store)).toEqual(['6000b=2'])
    })

    test('is empty at first', async () => {
      const store = storeOver(await open())
      expect(await walk(store)).toEqual([])
      expect(await store.last()).toBe(-1)
      expect(store.observed.value).toBe(-1)
    })

    test('walks more entries than it holds in memory, while some go', { timeout: 60_000 }, async () => {
      const db = await open()
      const store = storeOver(db)
      for (let i = 0; i < 20_000; i++) store.put(i % 2 === 0 ? i : 20_000 - i, 'k', i)
      await commit(db, store)
      let count = 0
      let last = -1
      for (let entry = await store.next(); entry !== undefined; entry = await store.next(entry)) {
        expect(entry.timestamp).toBeGreaterThan(last)
        last = entry.timestamp
        if (count % 3 === 0) store.delete(entry.timestamp, entry.key)
        count++
      }
      expect(count).toBe(20_000)
      expect((await walk(store)).length).toBe(20_000 - Math.ceil(20_000 / 3))
    })

    test('remembers its times with its entries', async () => {
      const db = await open()
      const store = storeOver(db)
      store.observed.value = 77
      store.least.value = 5
      const changes = await commit(db, store)
      store.observed.value = 99
      store.discard()
      expect([store.observed.value, store.least.value]).toEqual([77, 5])
      const other = await open()
      const restored = storeOver(other)
      await restore(other, restored, changes)
      expect([restored.observed.value, restored.least.value]).toEqual([77, 5])
      expect(await walk(restored)).toEqual([])
    })

    test('equals a sorted list', { timeout: 120_000 }, async () => {
      const entry = fc.record({ time: fc.nat(20), key: fc.constantFrom('a', 'b', 'c'), put: fc.boolean() })
      const step = fc.oneof({ weight: 9, arbitrary: entry }, fc.constantFrom('commit', 'restore'))
      const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
        let db = await open()
        let store = storeOver(db)
        const model = new Map<string, string>()
        const changes: ChangelogRecord[] = []
        for (const [i, each] of steps.entries()) {
          if (typeof each === 'object') {
            const { time, key, put } = each
            const place = `${String(time).padStart(3, '0')}${key}`
            if (put) {
              store.put(time, key, i)
              model.set(place, `${time}${key}=${i}`)
            } else {
              store.delete(time, key)
              model.delete(place)
            }
          } else {
            changes.push(...(await commit(db, store)))
            if (each === 'restore') {
              db = await open()
              store = storeOver(db)
              await restore(db, store, compacted(changes))
            }
          }
          const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
          expect(await walk(store)).toEqual(sorted)
          expect(await store.last()).toBe(sorted.length === 0 ? -1 : Number.parseInt(sorted.at(-1)!, 10))
        }
      })
      await fc.assert(property, { numRuns: runs })
    })
  })
}
