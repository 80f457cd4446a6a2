import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { json } from '../../src/serde/json/json.js'
import { string } from '../../src/serde/string.js'
import type { ManagedStore } from '../../src/store/key-value.js'
import type { StateDb } from '../../src/store/state-db.js'
import { createVersionedStore, type VersionedStore } from '../../src/store/versioned.js'
import { commit, compacted, restore, type ChangelogRecord } from './changelogged.js'

type Store = VersionedStore<string, number> & ManagedStore

function storeOver(db: StateDb, history: number): Store {
  const [own, older] = [db.store('rows'), db.store('rows~history')]
  return createVersionedStore({
    name: 'rows',
    key: string,
    value: json<number>(),
    db: own,
    historyDb: older,
    cacheBytes: 0,
    history,
    // Two or three versions.
    pageBytes: 45,
  })
}

/** The same as a list of all versions of each key, none ever forgotten. */
class Model {
  readonly #versions = new Map<string, { readonly from: number; readonly value: number | null }[]>()
  readonly #history: number
  observed = -1

  constructor(history: number) {
    this.#history = history
  }

  put(key: string, value: number | null, timestamp: number): string {
    if (timestamp < this.observed - this.#history) return 'dropped'
    this.observed = Math.max(this.observed, timestamp)
    const others = (this.#versions.get(key) ?? []).filter(({ from }) => from !== timestamp)
    const all = [...others, { from: timestamp, value }].sort((a, b) => a.from - b.from)
    this.#versions.set(key, all)
    return all.at(-1)!.from === timestamp ? 'latest' : 'outdated'
  }

  get(key: string): number | undefined {
    return this.#versions.get(key)?.at(-1)?.value ?? undefined
  }

  at(key: string, time: number): number | undefined {
    const all = this.#versions.get(key) ?? []
    const latest = all.at(-1)
    if (latest !== undefined && latest.value !== null && latest.from <= time) return latest.value
    if (time < this.observed - this.#history) return undefined
    return all.findLast(({ from }) => from <= time)?.value ?? undefined
  }
}

type Step =
  | { readonly put: readonly [key: string, value: number | null, timestamp: number] }
  | { readonly do: 'commit' | 'discard' | 'restore' | 'sweep' }

/** What every versioned store must do. `open` gives an empty database; `runs` is of random tests. */
export function versionedContract(name: string, open: () => Promise<StateDb>, runs: number): void {
  describe(`a versioned store in ${name}`, () => {
    test('answers the value of a time, before and after the commit', async () => {
      const db = await open()
      const store = storeOver(db, 100)
      expect(store.put('a', 1, 10)).toBe('latest')
      expect(store.put('a', 2, 20)).toBe('latest')
      expect(store.put('a', 3, 15)).toBe('outdated')
      expect(store.put('a', null, 30)).toBe('latest')
      for (let i = 0; i < 2; i++) {
        expect([5, 10, 14, 15, 19, 20, 29, 30, 99].map(time => store.at('a', time))).toEqual([
          undefined,
          1,
          1,
          3,
          3,
          2,
          2,
          undefined,
          undefined,
        ])
        expect(store.at('a', 16)).toBe(3)
        expect(store.timestamp).toBe(15)
        expect(store.get('a')).toBeUndefined()
        expect(store.timestamp).toBe(-1)
        await commit(db, store)
      }
    })

    test('takes nothing that is older than the history, and answers nothing from before it', async () => {
      const store = storeOver(await open(), 10)
      store.put('a', 1, 100)
      store.put('a', 2, 105)
      store.put('b', 3, 120)
      expect(store.put('a', 4, 109)).toBe('dropped')
      expect(store.put('a', 4, 110)).toBe('latest')
      expect([104, 109, 110].map(time => store.at('a', time))).toEqual([undefined, undefined, 4])
      expect(store.at('b', 119)).toBeUndefined()
    })

    test('a latest value never expires', async () => {
      const store = storeOver(await open(), 10)
      store.put('a', 1, 5)
      store.put('b', 2, 1000)
      expect(store.get('a')).toBe(1)
      expect(store.at('a', 5)).toBe(1)
    })

    test.each([
      [3_600_000, 7_200_000],
      [7_200_000, 3_600_000],
      [86_400_000, 60_000],
    ])('finds what a history of another length has kept: %i ms, then %i', async (before, after) => {
      const db = await open()
      const first = storeOver(db, before)
      for (const [at, value] of [1, 2, 3].entries()) first.put('a', value, 600_000 + at * 20_000)
      const changes = await commit(db, first)
      const restored = await open()
      await restore(restored, storeOver(restored, after), changes)
      for (const database of [db, restored]) {
        const store = storeOver(database, after)
        expect([610_000, 630_000, 650_000].map(time => store.at('a', time))).toEqual([1, 2, 3])
        expect(store.put('a', 4, 650_000)).toBe('latest')
        expect(store.put('a', 5, 615_000)).toBe('outdated')
        await commit(database, store)
        const again = storeOver(database, before)
        expect([610_000, 616_000, 630_000, 645_000].map(time => again.at('a', time))).toEqual([1, 5, 2, 3])
      }
    })

    test('deletes what lies behind the history, in the database and in the changelog', async () => {
      const db = await open()
      const store = storeOver(db, 10_000)
      const changes: ChangelogRecord[] = []
      for (let i = 0; i < 300; i++) {
        store.put(`k${i % 3}`, i, i * 1000)
        await store.sweep()
        if (i % 10 === 9) changes.push(...(await commit(db, store)))
      }
      let entries = 0
      for await (const _ of db.store('rows~history').entries()) entries++
      // Three keys, five or six buckets of history of one page each, and what a quarter of it may add.
      expect(entries).toBeGreaterThan(5)
      expect(entries).toBeLessThan(30)
      // The history, the latest rows and the time that was reached.
      expect(compacted(changes)).toHaveLength(entries + 3)
    })

    test('keeps large versions apart, each a record of its own in the changelog', async () => {
      const db = await open()
      const [own, historyDb] = [db.store('rows'), db.store('rows~history')]
      const named = { name: 'rows', key: string, value: string, db: own, historyDb, cacheBytes: 0, history: 3_600_000 }
      const store = createVersionedStore(named)
      const valueOf = (i: number): string => `${i}-${'x'.repeat(20_000)}`
      for (let i = 0; i < 100; i++) store.put('a', valueOf(i), i * 1_000)
      const records = await commit(db, store)
      expect(Math.max(...records.map(({ value }) => value!.length))).toBeLessThan(60_000)
      for (let i = 0; i < 100; i++) expect(store.at('a', i * 1_000 + 1)).toBe(valueOf(i))
      expect(store.put('a', 'between', 50_500)).toBe('outdated')
      expect([50_499, 50_500, 51_000].map(time => store.at('a', time))).toEqual([valueOf(50), 'between', valueOf(51)])
    })

    test('equals a list of all versions', { timeout: 120_000 }, async () => {
      // A deletion at the very time of the only version leaves no trace (as in Kafka Streams), so times differ here.
      const step: fc.Arbitrary<Step> = fc.oneof(
        {
          weight: 12,
          arbitrary: fc.tuple(fc.constantFrom('a', 'b'), fc.option(fc.nat(99)), fc.nat(9_000)).map(put => ({ put })),
        },
        { weight: 1, arbitrary: fc.constantFrom('commit', 'sweep', 'restore').map((what): Step => ({ do: what })) },
      )
      const steps = fc.uniqueArray(step, {
        maxLength: 60,
        selector: each => ('put' in each ? each.put[2] : {}),
      })
      const property = fc.asyncProperty(steps, fc.constantFrom(0, 700, 5_000, 100_000), async (list, history) => {
        let db = await open()
        let store = storeOver(db, history)
        const model = new Model(history)
        const changes: ChangelogRecord[] = []
        for (const each of list) {
          if ('put' in each) expect(store.put(...each.put)).toBe(model.put(...each.put))
          else if (each.do === 'sweep') await store.sweep()
          else {
            changes.push(...(await commit(db, store)))
            if (each.do === 'restore') {
              db = await open()
              store = storeOver(db, history)
              await restore(db, store, compacted(changes))
            }
          }
          for (const key of ['a', 'b']) {
            expect(store.get(key)).toBe(model.get(key))
            for (const time of [0, 1_000, 4_321, 8_999, 9_000]) expect(store.at(key, time)).toBe(model.at(key, time))
          }
        }
      })
      await fc.assert(property, { numRuns: runs })
    })

    test('forgets what no commit has taken', async () => {
      const db = await open()
      const store = storeOver(db, 100)
      store.put('a', 1, 10)
      await commit(db, store)
      store.put('a', 2, 20)
      store.put('b', 3, 500)
      store.discard()
      expect(store.get('a')).toBe(1)
      expect(store.get('b')).toBeUndefined()
      expect(store.put('a', 4, 15)).toBe('latest')
    })
  })
}
