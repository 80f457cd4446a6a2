import { describe, expect, it, onTestFinished } from 'vitest'
import {
  embedded,
  long,
  session,
  store,
  string,
  tumbling,
  windowed,
  type Running,
  type StoreReader,
} from '../../dsl/index.js'
import type { Log } from '../../src/log/log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { readRecords } from '../../src/log/record-reader.js'
import { tempDir } from '../store/temp-dir.js'
import { counts, input, made } from './helpers.js'
import { writeRecords } from '../write-records.js'

const perWindow = store('per-window', { key: windowed(string), value: long })

const counting = (retention?: number) =>
  made(p => {
    const grouped = p.stream(input).groupByKey()
    const tumbled = grouped.windowedBy(tumbling(100, { grace: 1000 }))
    tumbled
      .count({ as: perWindow, ...(retention === undefined ? {} : { retention }) })
      .toStream()
      .to(counts)
    grouped.windowedBy(session(30, { grace: 1000 })).count({ as: 'sessions' })
  })

async function write(log: Log, from: number, to: number): Promise<void> {
  await writeRecords(log, ['input'], writer => {
    for (let n = from; n < to; n++) {
      // Keys that begin like one another, and times that come out of order by up to 600.
      const timestamp = n * 10 - ((n * 7919) % 60) * (n % 2) * 10
      writer.write(input, { key: 'k'.repeat(1 + (n % 7)), value: 'x', timestamp: Math.max(0, timestamp) })
    }
  })
}

/** Counts by window, by a plain loop. */
function plainly(from: number, to: number): Map<string, number> {
  const found = new Map<string, number>()
  for (let n = from; n < to; n++) {
    const timestamp = Math.max(0, n * 10 - ((n * 7919) % 60) * (n % 2) * 10)
    const start = Math.floor(timestamp / 100) * 100
    const id = `${'k'.repeat(1 + (n % 7))}@${start}`
    found.set(id, (found.get(id) ?? 0) + 1)
  }
  return found
}

async function list<K, V>(entries: AsyncIterable<[K, V]>): Promise<[K, V][]> {
  const found: [K, V][] = []
  for await (const entry of entries) found.push(entry)
  return found
}

async function openLog(partitions: number): Promise<Log> {
  const log = memoryLog()
  await log.topics.create(['input', 'counts'].map(name => ({ name, partitions })))
  return log
}

describe('windows in a running pipeline', () => {
  it('count right with caches, over several partitions and a restart; the last update of a window is its count', async () => {
    const log = await openLog(3)
    for (const [from, to] of [
      [0, 3000],
      [3000, 5000],
    ] as const) {
      const app = await counting().start({ log })
      await write(log, from, to)
      await app.drained()
      await app.close()
    }
    const last = new Map<string, number>()
    for await (const { key, value } of readRecords(log, counts)) last.set(`${key!.key}@${key!.start}`, value!)
    expect(last).toEqual(plainly(0, 5000))
    await log.close()
  })

  it('answer queries by key and time, and are where their key is', async () => {
    const log = await openLog(4)
    const app: Running = await counting(1_000_000).start({ log })
    onTestFinished(() => app.close())
    await write(log, 0, 2000)
    await app.drained()
    const query: StoreReader<{ key: string; start: number; end: number }, number> = app.query(perWindow)
    const expected = plainly(0, 2000)
    for (const key of ['k', 'kk', 'kkkkkkk']) {
      const found = await list(query.fetch(key, 300, 700))
      const starts = [300, 400, 500, 600, 700].filter(start => expected.has(`${key}@${start}`))
      expect(starts.length).toBeGreaterThan(2)
      expect(found.map(([{ start }]) => start)).toEqual(starts)
      for (const [window, count] of found) {
        expect(window).toEqual({ key, start: window.start, end: window.start + 100 })
        expect(count).toBe(expected.get(`${key}@${window.start}`))
        expect(await query.get(window)).toBe(count)
      }
    }
    expect((await list(query.fetch('kk', new Date(19_000)))).length).toBeGreaterThan(5)
    expect(await list(query.fetch('none'))).toEqual([])
    expect((await list(app.query('sessions').fetch('k', 100, 100))).length).toBeLessThanOrEqual(1)
  })

  it('say so where keys are no windows, and where a store is none to be read', async () => {
    const log = await openLog(1)
    const p = made(each => {
      const table = each.stream(input).groupByKey().count({ as: 'plain' })
      table
        .suppress({ until: 5, as: 'held' })
        .toStream()
        .forEach(() => {})
    })
    const app = await p.start({ log })
    onTestFinished(() => app.close())
    await expect(list(app.query('plain').fetch('k'))).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect(() => app.query('held')).toThrow(/UNSUPPORTED.*no table/s)
  })

  it('level off: what has expired is gone from the database and from the changelog', async () => {
    const log = await openLog(1)
    const sizes: number[] = []
    for (let round = 0; round < 4; round++) {
      const app = await counting().start({ log })
      await write(log, round * 3000, (round + 1) * 3000)
      await app.drained()
      sizes.push((await list(app.query(perWindow).all())).length)
      await app.close()
    }
    expect(Math.max(...sizes)).toBeLessThan(7 * 13)
    const alive = new Map<string, boolean>()
    const reader = readRecords(log, { name: 'app-per-window-changelog', key: hex, value: hex })
    for await (const { key, value } of reader) alive.set(key!, value !== null)
    expect([...alive.values()].filter(Boolean).length).toBeLessThan(7 * 13 + 1)
    // Many have been there, though not those that came and expired between two commits.
    expect(alive.size).toBeGreaterThan(7 * 26)
    await log.close()
  })

  it('live on LevelDB, beside the log', async () => {
    const dir = await tempDir()
    for (const [from, to] of [
      [0, 1500],
      [1500, 2500],
    ] as const) {
      const log = await embedded(dir).open()
      if (from === 0) await log.topics.create(['input', 'counts'].map(name => ({ name, partitions: 2 })))
      const app = await counting(1_000_000).start({ log })
      await write(log, from, to)
      await app.drained()
      if (to === 2500) {
        const found = (await list(app.query(perWindow).all())).map(([{ key, start }, count]) => [
          `${key}@${start}`,
          count,
        ])
        expect(new Map(found as [string, number][])).toEqual(plainly(0, 2500))
      }
      await app.close()
      await log.close()
    }
  })
})

const hex = {
  serialize: (text: string) => Buffer.from(text, 'hex'),
  deserialize: (bytes: Uint8Array) => Buffer.from(bytes).toString('hex'),
}
