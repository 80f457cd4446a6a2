import { expect, it } from 'vitest'
import { Scans } from '../../../src/runtime/threads/scans.js'
import { MemoryStateDb } from '../../../src/store/memory-db.js'
import type { StateStore } from '../../../src/store/state-db.js'

const key = (n: number): Buffer => Buffer.from(String(n).padStart(5, '0'))

async function store(entries: number, bytes: number): Promise<StateStore> {
  const db = new MemoryStateDb()
  const batch = db.batch()
  for (let n = 0; n < entries; n++) batch.put('s', key(n), Buffer.alloc(bytes, n))
  await db.write(batch)
  return db.store('s')
}

/** The lengths of the pages, and the keys in them. */
async function pages(scans: Scans, scan: number): Promise<{ lengths: number[]; keys: string[] }> {
  const lengths: number[] = []
  const keys: string[] = []
  for (let page = await scans.more(scan); page.length > 0; page = await scans.more(scan)) {
    lengths.push(page.length)
    keys.push(...page.map(([k]) => Buffer.from(k).toString()))
  }
  return { lengths, keys }
}

it('answers all entries of a range in pages of limited length', async () => {
  const scans = new Scans()
  const scan = scans.begin(await store(3_000, 10), { gte: key(100), lt: key(2_600) })
  const { lengths, keys } = await pages(scans, scan)
  expect(lengths).toEqual([1000, 1000, 500])
  expect(keys).toEqual(Array.from({ length: 2_500 }, (_, n) => key(n + 100).toString()))
})

it('ends a page early where entries are large', async () => {
  const scans = new Scans()
  const { lengths } = await pages(scans, scans.begin(await store(7, 100_000), {}))
  expect(lengths).toEqual([3, 3, 1])
})

it('keeps scans apart, and forgets one that is stopped', async () => {
  const scans = new Scans()
  const first = scans.begin(await store(1_500, 1), {})
  const second = scans.begin(await store(3, 1), { reverse: true })
  expect(await scans.more(first)).toHaveLength(1000)
  await scans.stop(first)
  expect(await scans.more(first)).toEqual([])
  expect((await pages(scans, second)).keys).toEqual([2, 1, 0].map(n => key(n).toString()))
})

it('sends no more memory than the bytes themselves', async () => {
  const pool = Buffer.alloc(1 << 20, 7)
  const entries = async function* (): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    yield [pool.subarray(0, 3), pool.subarray(10, 14)]
  }
  const scans = new Scans()
  const [entry] = await scans.more(scans.begin({ get: () => undefined, entries }, {}))
  expect(entry!.map(bytes => bytes.buffer.byteLength)).toEqual([3, 4])
})
