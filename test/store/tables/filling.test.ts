import { mkdir, readFile, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LevelStateDb } from '../../../src/store/level-db.js'
import { asBytes } from '../../../src/store/level-store.js'
import type { StateDb } from '../../../src/store/state-db.js'
import { Filling } from '../../../src/store/tables/filling.js'
import { runs } from '../runs.js'
import { tempDir } from '../temp-dir.js'

const marker = [Buffer.from('\0marker'), Buffer.from('mine')] as const

async function opened(dir: string): Promise<StateDb> {
  const db = new Level<Buffer, Buffer>(dir, asBytes)
  await db.open()
  return new LevelStateDb(db, '', () => db.close())
}

async function all(db: StateDb, store: string): Promise<(readonly [string, string])[]> {
  const entries: (readonly [string, string])[] = []
  for await (const [key, value] of db.store(store).entries())
    entries.push([Buffer.from(key).toString('latin1'), Buffer.from(value).toString('latin1')])
  return entries
}

describe('Filling', () => {
  it('makes a database of what was loaded: the last of each key, in order, in its store', async () => {
    const key = fc.oneof(
      fc.uint8Array({ maxLength: 3 }),
      fc.integer({ min: 0, max: 200 }).map(n => Buffer.from(`import-${String(n).padStart(8, '0')}`)),
      fc.uint8Array({ minLength: 60, maxLength: 300 }).map(bytes => bytes.fill(7, 0, 59)),
    )
    const value = fc.option(fc.uint8Array({ maxLength: 6000, size: 'large' }), { nil: undefined })
    const write = fc.tuple(fc.constantFrom('jobs', 'jobs~times', 'ü'), key, value)
    const loads = fc.array(fc.array(write, { maxLength: 300, size: 'max' }), { maxLength: 9, size: 'max' })
    await fc.assert(
      fc.asyncProperty(loads, fc.nat(8), fc.constantFrom(0, 3_000, undefined), async (loads, keptAt, gathering) => {
        const dir = join(await tempDir(), 'db')
        const filling = await Filling.make(dir, marker, [], gathering)
        const expected = new Map<string, Map<string, string>>()
        for (const [at, writes] of loads.entries()) {
          const load = filling.load()
          for (const [store, key, value] of writes) {
            const held = expected.get(store) ?? expected.set(store, new Map()).get(store)!
            const text = Buffer.from(key).toString('latin1')
            if (value === undefined) {
              load.delete(store, key)
              held.delete(text)
            } else {
              load.put(store, key, value)
              held.set(text, Buffer.from(value).toString('latin1'))
            }
          }
          await load.write()
          if (at === keptAt) await filling.keep()
        }
        await filling.keep()
        const db = await opened(dir)
        for (const [store, held] of expected) {
          const entries = await all(db, store)
          expect(entries).toEqual([...held].sort(([a], [b]) => (a < b ? -1 : 1)))
          for (const [key, value] of entries)
            expect(Buffer.from(db.store(store).get(Buffer.from(key, 'latin1'))!).toString('latin1')).toBe(value)
          expect(db.store(store).get(Buffer.from('not there'))).toBeUndefined()
        }
        await db.close()
      }),
      runs(20),
    )
  })

  it('hashes keys as LevelDB does: the filters of the same blocks are the same bytes', async () => {
    const [ours, theirs] = [join(await tempDir(), 'ours'), await tempDir()]
    const keys = Array.from({ length: 3000 }, (_, n) => Buffer.from(`import-${String(n * 7).padStart(8, '0')}`))
    const db = new Level<Buffer, Buffer>(theirs, { ...asBytes, compression: false })
    await db.open()
    const batch = db.batch()
    const filling = await Filling.make(ours, [keys[0]!, keys[0]!], [], 0)
    const load = filling.load()
    for (const key of keys) {
      batch.put(Buffer.concat([Buffer.of(1), key]), key)
      load.put('only', key, key)
    }
    await batch.write()
    await (db as unknown as { compactRange(from: string, to: string): Promise<void> }).compactRange('\0', '\xff')
    await db.close()
    await load.write()
    await filling.keep()
    const filters = await filtersIn(ours)
    expect(filters).toHaveLength(1)
    expect(filters).toEqual(await filtersIn(theirs))
  })

  it('is full where the tables of keys in disorder have taken all levels, and never where keys come in order', async () => {
    const levels = 7
    const [inOrder, mixed] = [
      await Filling.make(join(await tempDir(), 'db'), marker, [], 0),
      await Filling.make(join(await tempDir(), 'db'), marker, [], 0),
    ]
    for (let n = 0; n < 50; n++) {
      const [one, other] = [inOrder.load(), mixed.load()]
      for (const end of ['a', 'z']) {
        one.put('jobs', Buffer.from(`${String(n).padStart(3, '0')}${end}`), Buffer.of(n))
        other.put('jobs', Buffer.from(`${end}${n}`), Buffer.of(n))
      }
      await one.write()
      await other.write()
      expect(inOrder.isFull).toBe(false)
      // The marker takes one load's place; four are on the highest level.
      expect(mixed.isFull).toBe(n + 1 >= levels - 1 + 4)
    }
  })

  it('gathers what comes in disorder, and writes what comes in order', async () => {
    const dir = join(await tempDir(), 'db')
    const filling = await Filling.make(dir, marker)
    const fill = async (...keys: string[]) => {
      const load = filling.load()
      for (const key of keys) load.put('jobs', Buffer.from(key), Buffer.from(key))
      await load.write()
      return (await readdir(dir)).length
    }
    const tables = await fill('a', 'b')
    expect(tables).toBeGreaterThan(0)
    expect(await fill('c', 'd')).toBe(tables + 1)
    expect(await fill('f', 'e')).toBe(tables + 1)
    expect(await fill('g', 'h')).toBe(tables + 1)
    await filling.keep()
    const db = await opened(dir)
    expect((await all(db, 'jobs')).map(([key]) => key)).toEqual([...'abcdefgh'])
    await db.close()
  })

  it('numbers the stores that it is told of in their order, whichever comes first', async () => {
    const dir = join(await tempDir(), 'db')
    const filling = await Filling.make(dir, marker, ['positions', 'jobs'])
    const load = filling.load()
    for (const store of ['later', 'jobs', 'positions']) load.put(store, Buffer.from('key'), Buffer.from(store))
    await load.write()
    await filling.keep()
    const db = new Level<Buffer, Buffer>(dir, asBytes)
    const keys = (await db.keys().all()).map(key => key.toString('latin1'))
    expect(keys).toEqual(['\0:', '\0:jobs', '\0:later', '\0:positions', '\0marker', '\x01key', '\x02key', '\x03key'])
    const values = (await db.values().all()).slice(-3).map(String)
    expect(values).toEqual(['positions', 'jobs', 'later'])
    await db.close()
  })

  it('says which directory cannot be written to', async () => {
    const dir = join(await tempDir(), 'db')
    const filling = await Filling.make(dir, marker)
    await rm(dir, { recursive: true })
    const load = filling.load()
    load.put('jobs', Buffer.from('key'), Buffer.from('value'))
    await expect(load.write()).rejects.toMatchObject({ code: 'STATE_WRITE', message: expect.stringContaining(dir) })
    await expect(filling.keep()).rejects.toMatchObject({ code: 'STATE_WRITE' })
    await expect(Filling.make(join(dir, 'below'), marker)).rejects.toMatchObject({ code: 'STATE_WRITE' })
  })

  it('writes no table any more once it has said that one failed: LevelDB may open what was kept, and give the numbers again', async () => {
    const dir = join(await tempDir(), 'db')
    const filling = await Filling.make(dir, marker)
    const load = filling.load()
    load.put('jobs', Buffer.from('key'), Buffer.from('value'))
    load.put('others', Buffer.from('key'), Buffer.alloc(8 << 20))
    await mkdir(join(dir, '000002.ldb'))
    await expect(load.write()).rejects.toMatchObject({ code: 'STATE_WRITE' })
    expect((await stat(join(dir, '000003.ldb'))).size).toBeGreaterThan(8 << 20)
  })
})

/** The block of filters in each table of a directory, by way of the footer and the index of what is no entry. */
async function filtersIn(dir: string): Promise<string[]> {
  const found: string[] = []
  for (const name of (await readdir(dir)).filter(file => file.endsWith('.ldb')).toSorted()) {
    const bytes = await readFile(join(dir, name))
    const [metaOffset] = varints(bytes, bytes.length - 48)
    // Shared, not shared, length of the value, the name, then where the filters are.
    const [, nameLength] = varints(bytes, metaOffset!)
    const [offset, size] = varints(bytes, metaOffset! + 3 + nameLength!)
    if (bytes.length > 10_000) found.push(bytes.subarray(offset, offset! + size!).toString('hex'))
  }
  return found
}

/** A few varints in a row. */
function varints(bytes: Buffer, at: number): number[] {
  return Array.from({ length: 3 }, () => {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
  })
}
