import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StateDb, StateRange, StateStore } from '../../src/store/state-db.js'
import { runs } from './runs.js'

/** What every state database must do. `open` gives an empty one and is called in each test. */
export function stateDbContract(name: string, open: () => Promise<StateDb>): void {
  describe(`${name} is a state database`, () => {
    test('gives back what was written, and undefined where there is nothing', async () => {
      const db = await open()
      await put(db, 'counts', 'a', '1')
      const counts = db.store('counts')
      expect(counts.name).toBe('counts')
      expect(text(counts.get(bytes('a')))).toBe('1')
      expect(counts.get(bytes('b'))).toBeUndefined()
      expect(db.store('others').get(bytes('a'))).toBeUndefined()
    })

    test('shows nothing of a batch before it is written, and all of it after', async () => {
      const db = await open()
      const batch = db.batch()
      batch.put('s', bytes('a'), bytes('1'))
      batch.put('t', bytes('b'), bytes('2'))
      expect(batch.length).toBe(2)
      expect(db.store('s').get(bytes('a'))).toBeUndefined()
      await db.write(batch)
      expect(text(db.store('s').get(bytes('a')))).toBe('1')
      expect(text(db.store('t').get(bytes('b')))).toBe('2')
    })

    test('takes the later of two writes to one key, and deletes', async () => {
      const db = await open()
      const batch = db.batch()
      batch.put('s', bytes('a'), bytes('1'))
      batch.put('s', bytes('a'), bytes('2'))
      batch.put('s', bytes('b'), bytes('1'))
      batch.delete('s', bytes('b'))
      batch.delete('s', bytes('c'))
      batch.put('s', bytes('c'), bytes('3'))
      await db.write(batch)
      expect(await list(db.store('s'))).toEqual(['a=2', 'c=3'])
    })

    test('clears a store: what is there and what came before in the batch, not what comes after', async () => {
      const db = await open()
      await put(db, 's', 'old', '1')
      await put(db, 't', 'old', '1')
      const batch = db.batch()
      batch.put('s', bytes('before'), bytes('1'))
      batch.clear('s')
      batch.put('s', bytes('after'), bytes('1'))
      await db.write(batch)
      expect(await list(db.store('s'))).toEqual(['after=1'])
      expect(await list(db.store('t'))).toEqual(['old=1'])
    })

    test('takes a load: nothing of it is seen before it is written, all of it after', async () => {
      const db = await open()
      await put(db, 's', 'old', '1')
      const load = db.load()
      load.put('s', bytes('a'), bytes('1'))
      load.putSlices('s', bytes('xbx'), 1, 2, bytes('yy2y'), 2, 3)
      load.put('t', bytes('a'), bytes('3'))
      load.put('s', bytes('a'), bytes('4'))
      load.delete('s', bytes('old'))
      load.put('t', bytes('c'), bytes('5'))
      load.deleteSlice('t', bytes('xcx'), 1, 2)
      expect(load.length).toBe(7)
      expect(await list(db.store('s'))).toEqual(['old=1'])
      await load.write()
      expect(await list(db.store('s'))).toEqual(['a=4', 'b=2'])
      expect(await list(db.store('t'))).toEqual(['a=3'])
    })

    test('forgets a load that is closed unwritten, and writes an empty one', async () => {
      const db = await open()
      const forgotten = db.load()
      forgotten.put('s', bytes('a'), bytes('1'))
      await forgotten.close()
      await db.load().write()
      expect(await list(db.store('s'))).toEqual([])
    })

    test('has the same entries when it was settled, with nothing in it too', async () => {
      const db = await open()
      await db.settle()
      await put(db, 's', 'a', '1')
      await db.settle()
      await put(db, 's', 'b', '2')
      await put(db, 's', 'a', '3')
      await db.settle()
      expect(await list(db.store('s'))).toEqual(['a=3', 'b=2'])
    })

    test('writes an empty batch', async () => {
      const db = await open()
      await db.write(db.batch())
      expect(await list(db.store('s'))).toEqual([])
    })

    test('keeps empty keys, empty values, zero bytes, and keys that begin with another', async () => {
      const db = await open()
      const keys = [[], [0], [0, 0], [0, 255], [1], [255], [255, 255], [255, 255, 0]].map(key => Uint8Array.from(key))
      const batch = db.batch()
      for (const key of keys) batch.put('s', key, new Uint8Array())
      await db.write(batch)
      for (const key of keys) expect(db.store('s').get(key)).toHaveLength(0)
      const found: number[][] = []
      for await (const [key] of db.store('s').entries()) found.push([...key])
      expect(found).toEqual(keys.map(key => [...key]))
    })

    test('takes keys longer than any before', async () => {
      const db = await open()
      const key = Buffer.alloc(5000, 'k')
      const batch = db.batch()
      batch.put('s', key, bytes('1'))
      await db.write(batch)
      expect(db.store('s').get(Buffer.alloc(4999, 'k'))).toBeUndefined()
      expect(text(db.store('s').get(key))).toBe('1')
    })

    test('keeps stores apart whose names begin alike', async () => {
      const db = await open()
      for (const name of ['a', 'ab', 'a-b', 'a!', 'ä', 'a\u0001']) await put(db, name, 'k', name)
      for (const name of ['a', 'ab', 'a-b', 'a!', 'ä', 'a\u0001']) {
        expect(await list(db.store(name))).toEqual([`k=${name}`])
      }
    })

    test('answers many keys in their order', async () => {
      const db = await open()
      await put(db, 's', 'a', '1')
      await put(db, 's', 'b', '2')
      const found = await db.store('s').getMany([bytes('b'), bytes('none'), bytes('a'), bytes('b')])
      expect(found.map(text)).toEqual(['2', undefined, '1', '2'])
    })

    test('lists ranges in byte order, both ways', async () => {
      const db = await open()
      for (const key of ['b', 'a', 'c', 'aa', 'd']) await put(db, 's', key, '1')
      const keys = async (range: StateRange) => (await list(db.store('s'), range)).map(entry => entry.split('=')[0])
      expect(await keys({})).toEqual(['a', 'aa', 'b', 'c', 'd'])
      expect(await keys({ gte: bytes('aa') })).toEqual(['aa', 'b', 'c', 'd'])
      expect(await keys({ lt: bytes('c') })).toEqual(['a', 'aa', 'b'])
      expect(await keys({ gte: bytes('aa'), lt: bytes('d') })).toEqual(['aa', 'b', 'c'])
      expect(await keys({ gte: bytes('aa'), lt: bytes('d'), reverse: true })).toEqual(['c', 'b', 'aa'])
      expect(await keys({ gte: bytes('x') })).toEqual([])
      expect(await keys({ gte: bytes('c'), lt: bytes('b') })).toEqual([])
    })

    test('lists a snapshot of the moment of the call', async () => {
      const db = await open()
      await put(db, 's', 'a', '1')
      await put(db, 's', 'b', '1')
      const entries = db.store('s').entries()
      await put(db, 's', 'a', '2')
      await put(db, 's', 'c', '2')
      const found: string[] = []
      for await (const [key, value] of entries) found.push(`${text(key)}=${text(value)}`)
      expect(found).toEqual(['a=1', 'b=1'])
      expect(await list(db.store('s'))).toEqual(['a=2', 'b=1', 'c=2'])
    })

    test('stops listing where the reader stops', async () => {
      const db = await open()
      for (const key of ['a', 'b', 'c']) await put(db, 's', key, '1')
      for await (const [key] of db.store('s').entries()) {
        expect(text(key)).toBe('a')
        break
      }
      expect(await list(db.store('s'))).toHaveLength(3)
    })

    test('gives bytes that the caller may change', async () => {
      const db = await open()
      await put(db, 's', 'a', '1')
      db.store('s').get(bytes('a'))!.fill(0)
      for await (const [key, value] of db.store('s').entries()) {
        key.fill(0)
        value.fill(0)
      }
      expect(await list(db.store('s'))).toEqual(['a=1'])
    })

    test('lets keys and values change once a batch is written', async () => {
      const db = await open()
      const key = bytes('a')
      const value = bytes('1')
      const batch = db.batch()
      batch.put('s', key, value)
      await db.write(batch)
      key.fill(0)
      value.fill(0)
      expect(await list(db.store('s'))).toEqual(['a=1'])
    })

    test('refuses a batch of somebody else', async () => {
      const db = await open()
      const batch = { put() {}, putSlices() {}, delete() {}, deleteSlice() {}, clear() {}, length: 1 }
      await expect(db.write(batch)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    })

    test('equals a sorted map under random batches', async () => {
      const key = fc.uint8Array({ maxLength: 3 })
      const operation = fc.oneof(
        { weight: 6, arbitrary: fc.record({ put: key, value: fc.uint8Array({ maxLength: 4 }) }) },
        { weight: 3, arbitrary: fc.record({ delete: key }) },
        { weight: 1, arbitrary: fc.constant({ clear: true as const }) },
      )
      const range = fc.record({ gte: key, lt: key, reverse: fc.boolean() }, { requiredKeys: [] })
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(operation, { maxLength: 8 }), { maxLength: 6 }),
          range,
          async (batches, where) => {
            const db = await open()
            const model = new Map<string, string>()
            for (const operations of batches) {
              const batch = db.batch()
              for (const op of operations) {
                if ('put' in op) {
                  batch.put('s', op.put, op.value)
                  model.set(hex(op.put), hex(op.value))
                } else if ('delete' in op) {
                  batch.delete('s', op.delete)
                  model.delete(hex(op.delete))
                } else {
                  batch.clear('s')
                  model.clear()
                }
              }
              await db.write(batch)
              const { gte, lt, reverse } = where
              const expected = [...model]
                .filter(([k]) => (gte === undefined || k >= hex(gte)) && (lt === undefined || k < hex(lt)))
                .sort(([a], [b]) => (a < b ? -1 : 1))
              if (reverse === true) expected.reverse()
              const found: [string, string][] = []
              for await (const [k, v] of db.store('s').entries(where)) found.push([hex(k), hex(v)])
              expect(found).toEqual(expected)
            }
            for (const [k, v] of model) expect(hex(db.store('s').get(Buffer.from(k, 'hex'))!)).toBe(v)
            await db.close()
          },
        ),
        runs(30),
      )
    })
  })
}

function bytes(value: string): Buffer {
  return Buffer.from(value)
}

function text(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString()
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex')
}

async function put(db: StateDb, store: string, key: string, value: string): Promise<void> {
  const batch = db.batch()
  batch.put(store, bytes(key), bytes(value))
  await db.write(batch)
}

async function list(store: StateStore, range?: StateRange): Promise<string[]> {
  const found: string[] = []
  for await (const [key, value] of store.entries(range)) found.push(`${text(key)}=${text(value)}`)
  return found
}
