import fc from 'fast-check'
import { describe, onTestFinished, test } from 'vitest'
import { avro, bytes, float64, int64, json, long, string, windowed } from '../../src/serde/index.js'
import { MemoryStateDb } from '../../src/store/memory-db.js'
import { openStateDb } from '../../src/store/open-state-db.js'
import { compare, steps, type Case, type Reopenable } from './cached-store.model.js'
import { runs } from './runs.js'
import { tempDir } from './temp-dir.js'

const words = ['a', 'b', 'ab', '', 'ä€𐍈', '\ud800']
const numbers = [0, 1, -1, 2 ** 40, -(2 ** 40), 7]
const job = avro({
  type: 'record',
  name: 'Job',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'sizes', type: { type: 'array', items: 'long' } },
  ],
})
const jobs = [
  { id: 'x', sizes: [] },
  { id: 'y', sizes: [1, 2] },
  { id: 'zz', sizes: [3] },
  { id: '', sizes: [] },
]
const windows = ['a', 'b'].flatMap(id => [0, 60, 120].map(start => ({ key: { id }, start, end: start + 60 })))

const word = (i: number) => `other-${i}`

const cases: Record<string, Omit<Case<any, any>, 'cache'>> = {
  'text to numbers': { key: string, value: long, keys: words, values: [0, 1, 2, 3], other: word },
  'text to numbers, old values not looked at': {
    key: string,
    value: long,
    keys: words,
    values: [0, 1, 2, 3],
    other: word,
    old: false,
  },
  'numbers to text': {
    key: long,
    value: string,
    keys: numbers,
    values: ['', 'a', 'ä€𐍈', '\ufffd'],
    other: i => 1000 + i,
  },
  'doubles to bigints': {
    key: float64,
    value: int64,
    keys: [0, -0, 1.5, -1.5, Infinity, NaN],
    values: [0n, 1n, -1n, 2n ** 60n],
    other: i => 1000 + i,
  },
  'text to objects': { key: string, value: json(), keys: words, values: [{}, { a: [1] }, 'text', 4], other: word },
  'text to objects that are asked for often': {
    key: string,
    value: json(),
    keys: words,
    values: [
      { changed: false },
      { changed: false, list: [{ n: 1 }] },
      [1, { a: null }],
      { at: new Date(0).toISOString() },
    ],
    other: word,
    // Of which an eighth is for what is kept as it is read.
    cacheBytes: 400,
  },
  'objects to records': {
    key: json(),
    value: job,
    keys: windows.map(({ key, start }) => ({ ...key, start })),
    values: jobs,
    other: i => ({ id: word(i) }),
  },
  'windows to bytes': {
    key: windowed(json<{ id: string }>()),
    value: bytes,
    keys: windows,
    other: i => ({ key: { id: word(i) }, start: 0, end: 1 }),
    values: [[], [1], [1, 2], [255]].map(each => Uint8Array.from(each)),
  },
}

describe.each(Object.entries(cases))('%s', (_, one) => {
  test.each([true, false])('the store equals a map, in memory (cache: %j)', async cache => {
    await fc.assert(
      fc.asyncProperty(steps, async list => {
        const db = new MemoryStateDb()
        await compare({ ...one, cache }, { db, reopen: async () => db }, list)
      }),
      runs(60),
    )
  })

  test.each([true, false])('the store equals a map, on LevelDB (cache: %j)', async cache => {
    await fc.assert(
      fc.asyncProperty(steps, async list => {
        const place = await onDisk()
        await compare({ ...one, cache }, place, list)
      }),
      runs(8),
    )
  })
})

async function onDisk(): Promise<Reopenable> {
  const dir = await tempDir()
  const open = () => openStateDb(dir, { application: 'app', task: 'jobs-0' })
  let db = await open()
  onTestFinished(() => db.close())
  return {
    db,
    async reopen() {
      await db.close()
      return (db = await open())
    },
  }
}
