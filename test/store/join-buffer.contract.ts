import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { json } from '../../src/serde/json/json.js'
import { string } from '../../src/serde/string.js'
import { createJoinBuffer, type JoinBuffer } from '../../src/store/join-buffer.js'
import type { ManagedStore } from '../../src/store/key-value.js'
import type { StateDb, StateStore } from '../../src/store/state-db.js'
import { commit, compacted, restore, type ChangelogRecord } from './changelogged.js'

type Buffer_ = JoinBuffer<string, string> & ManagedStore

function bufferOver(db: StateDb, span: number, retention: number, cacheBytes: number = 0): Buffer_ {
  return createJoinBuffer({
    name: 'buffer',
    key: string,
    value: json<string>(),
    db: db.store('buffer'),
    cacheBytes,
    span,
    retention,
  })
}

/** The database, which tells of each key that it is asked for. */
function heard(db: StateDb, onGet: () => void): StateDb {
  const store = (name: string): StateStore => {
    const own = db.store(name)
    const get: StateStore['get'] = key => {
      onGet()
      return own.get(key)
    }
    return Object.assign(Object.create(own) as StateStore, { get })
  }
  return Object.assign(Object.create(db) as StateDb, { store })
}

const texts = (buffer: Buffer_, key: string, from: number, to: number): string[] =>
  buffer.fetch(key, from, to).map(({ timestamp, value }) => `${value}@${timestamp}`)

/** What every buffer of a join of streams must do. `open` gives an empty database; `runs` is of random tests. */
export function joinBufferContract(name: string, open: () => Promise<StateDb>, runs: number): void {
  describe(`a join buffer in ${name}`, () => {
    test('finds records by time, then in the order they came, before and after the commit', async () => {
      const db = await open()
      const buffer = bufferOver(db, 10, 100)
      for (const [value, time] of [
        ['x', 20],
        ['y', 12],
        ['z', 20],
        ['x', 20],
      ] as const)
        buffer.add('a', value, time)
      buffer.add('b', 'other', 15)
      for (let i = 0; i < 2; i++) {
        expect(texts(buffer, 'a', 10, 20)).toEqual(['y@12', 'x@20', 'z@20', 'x@20'])
        expect(texts(buffer, 'a', 13, 19)).toEqual([])
        expect(texts(buffer, 'a', 12, 12)).toEqual(['y@12'])
        await commit(db, buffer)
      }
    })

    test('holds any number of records of one key and time', async () => {
      const db = await open()
      const buffer = bufferOver(db, 10, 100)
      const long = 'x'.repeat(300)
      for (let i = 0; i < 200; i++) buffer.add('a', `${long}${i}`, 5)
      await commit(db, buffer)
      expect(buffer.fetch('a', 5, 5).map(({ value }) => value)).toEqual(
        Array.from({ length: 200 }, (_, i) => `${long}${i}`),
      )
    })

    test('looks at few of the pages of a hot key to find the one that has room', async () => {
      const db = await open()
      let looks = 0
      const buffer = bufferOver(
        heard(db, () => looks++),
        10,
        100,
      )
      const long = 'x'.repeat(2_000)
      const count = 1_500
      for (let i = 0; i < count; i++) {
        buffer.add('a', `${long}${i}`, 5)
        // Committed pages leave the memory, as there is no room for them.
        if (i % 50 === 49) await commit(db, buffer)
      }
      // The eight levels that tell keys apart, and some below.
      expect(looks / count).toBeLessThan(25)
      expect(buffer.fetch('a', 5, 5).map(({ value }) => value)).toEqual(
        Array.from({ length: count }, (_, i) => `${long}${i}`),
      )
    })

    test('keeps a value as the bytes that it was read from, however long', async () => {
      const db = await open()
      const buffer = bufferOver(db, 10, 100)
      const long = 'x'.repeat(5_000)
      for (const [i, value] of ['a', long, 'b'].entries()) {
        const bytes = Buffer.from(`--- ${JSON.stringify(value)} ---`)
        const read = { buffer: bytes, keyStart: 0, keyEnd: 0, valueStart: 3, valueEnd: bytes.length - 3 }
        buffer.add('key', 'is not written', i, read)
        buffer.add('key', `written ${i}`, i)
      }
      const [change] = (await commit(db, buffer)).filter(({ value }) => value!.length > 5000)
      expect(Buffer.from(change!.value!).toString('latin1')).toContain(` "${long}" `)
      const values = buffer.fetch('key', 0, 10).map(({ value }) => value)
      expect(values).toEqual(['a', 'written 0', long, 'written 1', 'b', 'written 2'])
    })

    test('does not ask the database for new keys, however many came before them', async () => {
      const db = await open()
      let asked = 0
      const counted = heard(db, () => asked++)
      // What is known takes a quarter of it: about two hundred records.
      const buffer = bufferOver(counted, 100, 1_000_000, 16_000)
      for (let i = 0; i < 5_000; i++) {
        if (i === 100) asked = 0
        expect(buffer.fetch(`k${i}`, i, i + 100)).toEqual([])
        buffer.add(`k${i}`, 'x', i)
        if (i % 100 === 99) await commit(db, buffer)
      }
      expect(asked).toBeLessThan(5_000 / 20)
    })

    test('tells keys apart that share pages, however many there are', async () => {
      const db = await open()
      const buffer = bufferOver(db, 1000, 5000, 1 << 16)
      const keys = Array.from({ length: 3000 }, (_, i) => `key-${i}`)
      for (const round of ['x', 'y']) {
        for (const [i, key] of keys.entries()) buffer.add(key, `${round}${i}`, i % 400)
        await commit(db, buffer)
      }
      for (const [i, key] of keys.entries()) {
        expect(texts(buffer, key, 0, 400)).toEqual([`x${i}@${i % 400}`, `y${i}@${i % 400}`])
      }
      expect(texts(buffer, 'key-3000', 0, 400)).toEqual([])
      let pages = 0
      for await (const _ of db.store('buffer').entries()) pages++
      expect(pages).toBeLessThan(6000 / 5)
    })

    test('keeps nothing that has expired', async () => {
      const buffer = bufferOver(await open(), 10, 15)
      expect(buffer.add('a', 'x', 100)).toBe(true)
      expect(buffer.add('a', 'late', 85)).toBe(false)
      expect(buffer.add('a', 'y', 86)).toBe(true)
      expect(texts(buffer, 'a', 0, 200)).toEqual(['y@86', 'x@100'])
      buffer.observe(101)
      expect(texts(buffer, 'a', 0, 200)).toEqual(['x@100'])
    })

    test('deletes what has expired, in the database and in the changelog', async () => {
      const db = await open()
      const buffer = bufferOver(db, 100, 1000)
      const changes: ChangelogRecord[] = []
      for (let i = 0; i < 500; i++) {
        buffer.add(`k${i % 7}`, 'x', i * 50)
        await buffer.sweep()
        if (i % 20 === 19) changes.push(...(await commit(db, buffer)))
      }
      let entries = 0
      for await (const _ of db.store('buffer').entries()) entries++
      expect(entries).toBeGreaterThan(20)
      // A record each 50 ms for 1000 ms, as much again until the next sweep and the next commit, and the times.
      expect(entries).toBeLessThan(65)
      expect(compacted(changes)).toHaveLength(entries)
    })

    test('keeps what came while time was held back, until it goes on', async () => {
      const db = await open()
      const buffer = bufferOver(db, 10, 15)
      const holding = { hold: 100 }
      buffer.heldBy(holding)
      buffer.add('a', 'x', 5000)
      await buffer.sweep()
      expect(buffer.add('b', 'y', 90)).toBe(true)
      await commit(db, buffer)
      expect(texts(buffer, 'b', 0, 9000)).toEqual(['y@90'])
      holding.hold = Number.POSITIVE_INFINITY
      buffer.add('c', 'z', 9000)
      await buffer.sweep()
      await commit(db, buffer)
      let entries = 0
      for await (const _ of db.store('buffer').entries()) entries++
      // The page of the last record, the time that came by, that which was reached, and how wide buckets are.
      expect(entries).toBe(4)
      expect(texts(buffer, 'c', 0, 9000)).toEqual(['z@9000'])
    })

    test('is not set back by what is pending and came late, over a restart too', async () => {
      const db = await open()
      const buffer = bufferOver(db, 10, 15)
      buffer.add('a', 'x', 5000)
      await commit(db, buffer)
      for (const each of [buffer, bufferOver(db, 10, 15)]) {
        each.heldBy({ hold: 90 })
        expect(each.add('b', 'y', 90)).toBe(false)
        expect(each.reached).toBe(5000)
      }
    })

    test('deletes more than one walk takes, committed or not', async () => {
      const db = await open()
      const buffer = bufferOver(db, 10, 15, 1 << 16)
      // So long that a page holds two.
      const long = 'x'.repeat(800)
      for (let i = 0; i < 9000; i++) {
        buffer.add(`k${i}`, long, 100 + (i % 40))
        if (i === 6000) await commit(db, buffer)
      }
      buffer.add('last', 'x', 10_000)
      for (let i = 0; i < 4; i++) await buffer.sweep()
      await commit(db, buffer)
      let entries = 0
      for await (const _ of db.store('buffer').entries()) entries++
      // One page, the latest time, that which was reached, and how wide buckets are.
      expect(entries).toBe(4)
    })

    test('equals a list of records', { timeout: 120_000 }, async () => {
      const add = fc.tuple(fc.constantFrom('a', 'b'), fc.nat(400)).map(([key, time]) => ({ key, time }))
      const step = fc.oneof({ weight: 9, arbitrary: add }, fc.constantFrom('commit', 'restore', 'sweep'))
      // Without a cache, with one that has no room for what is known of all buckets, and with one that has.
      const sizes = fc.tuple(fc.nat(60), fc.nat(80), fc.constantFrom(0, 8000, 1 << 20))
      const property = fc.asyncProperty(
        sizes,
        fc.array(step, { maxLength: 60 }),
        async ([span, grace, cache], steps) => {
          const retention = span + grace
          let db = await open()
          let buffer = bufferOver(db, span, retention, cache)
          const all: { readonly key: string; readonly time: number; readonly value: string }[] = []
          const changes: ChangelogRecord[] = []
          let observed = -1
          for (const [i, each] of steps.entries()) {
            if (typeof each === 'object') {
              observed = Math.max(observed, each.time)
              const lives = each.time > observed - retention
              expect(buffer.add(each.key, String(i), each.time)).toBe(lives)
              if (lives) all.push({ ...each, value: String(i) })
            } else if (each === 'sweep') await buffer.sweep()
            else {
              changes.push(...(await commit(db, buffer)))
              if (each === 'restore') {
                db = await open()
                buffer = bufferOver(db, span, retention, cache)
                await restore(db, buffer, compacted(changes))
              }
            }
            for (const from of [0, observed - span, observed - 7]) {
              const wanted = all
                .filter(
                  ({ key, time }) => key === 'a' && time > observed - retention && time >= from && time <= from + span,
                )
                .sort((a, b) => a.time - b.time)
              expect(texts(buffer, 'a', from, from + span)).toEqual(wanted.map(({ value, time }) => `${value}@${time}`))
            }
          }
        },
      )
      await fc.assert(property, { numRuns: runs })
    })

    test('forgets what no commit has taken', async () => {
      const db = await open()
      const buffer = bufferOver(db, 10, 15)
      buffer.add('a', 'x', 10)
      await commit(db, buffer)
      buffer.add('a', 'y', 1000)
      buffer.discard()
      expect(buffer.reached).toBe(10)
      expect(texts(buffer, 'a', 0, 2000)).toEqual(['x@10'])
    })
  })
}
