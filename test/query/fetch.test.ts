import { expect, it, onTestFinished } from 'vitest'
import { long, pipeline, string, tumbling, windowed } from '../../dsl/index.js'
import { fetchWindows } from '../../src/query/fetch-windows.js'
import type { StoreAccess } from '../../src/query/store-reader.js'
import type { WindowKey } from '../../src/serde/windowed.js'
import { MemoryStateDb } from '../../src/store/memory-db.js'
import { logWith, texts, write } from '../patterns/helpers.js'

async function starts(windows: AsyncIterable<[unknown, unknown]>): Promise<number[]> {
  const found: number[] = []
  for await (const [window] of windows) found.push((window as WindowKey<string>).start)
  return found
}

it('takes every time, those before 1970 too, and refuses what is none', async () => {
  const log = await logWith(['in'], 1)
  await write(
    log,
    [500, 1_500, 2_500].map(timestamp => ({ topic: 'in', key: 'a', value: '', timestamp })),
  )
  const p = pipeline('fetched')
  p.stream(texts('in')).groupByKey().windowedBy(tumbling('1s')).count({ as: 'seconds', retention: '1d' })
  const app = await p.start({ log })
  onTestFinished(async () => {
    await app.close()
    await log.close()
  })
  await app.drained()
  const fetch = (from?: number | Date, to?: number | Date) => starts(app.query('seconds').fetch('a', from, to))
  expect(await fetch()).toEqual([0, 1_000, 2_000])
  for (const from of [-1, -1_000, -(2 ** 40), -Infinity, new Date(-5)]) {
    expect(await fetch(from)).toEqual([0, 1_000, 2_000])
  }
  expect(await fetch(0.5, 1_000.5)).toEqual([1_000])
  expect(await fetch(-10, -1)).toEqual([])
  expect(await fetch(Infinity)).toEqual([])
  expect(await fetch(-Infinity, Infinity)).toEqual([0, 1_000, 2_000])
  for (const none of [NaN, new Date('never')]) {
    await expect(fetch(none)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
    await expect(fetch(0, none)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
  }
})

it('a key whose windows are all over is here, though other partitions are not', async () => {
  const db = new MemoryStateDb()
  const key = windowed(string)
  const batch = db.batch()
  const stored = Buffer.concat([Buffer.alloc(8), long.serialize(7)])
  batch.put('minutes', key.serialize({ key: 'a', start: 0, end: 60_000 }), stored)
  await db.write(batch)
  const access: StoreAccess<WindowKey<string>, number> = {
    name: 'minutes',
    key,
    value: long,
    partitions: () => 2,
    placement: () => 'unknown',
    local: () => new Map([[1, db.store('minutes')]]),
    follow: () => () => {},
  }
  expect(await starts(fetchWindows(access, 'a'))).toEqual([0])
  expect(await starts(fetchWindows(access, 'a', 120_000))).toEqual([])
  await expect(starts(fetchWindows(access, 'b'))).rejects.toMatchObject({ code: 'NOT_RUNNING' })
})
