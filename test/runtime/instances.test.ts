import { afterEach, describe, expect, it, vi } from 'vitest'
import { json, long, pipeline, store, string, topic } from '../../dsl/index.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import type { Log } from '../../src/log/log.js'
import { readRecords } from '../../src/log/record-reader.js'
import { encodeClaim } from '../../src/runtime/assignor.js'
import type { Running, StartOptions } from '../../src/runtime/options.js'
import { writeRecords } from '../write-records.js'

const words = topic('words', { key: string, value: json<{ word: string; n: number }>() })
const totals = topic('totals', { key: string, value: long })
const counts = store('counts', { key: string, value: long })

function counting(onError: 'stop' | 'skip' = 'stop') {
  const p = pipeline('counting', { onError, value: json() })
  p.stream(words)
    .map(({ word, n }) => {
      if (word === 'poison') throw new Error('I will not')
      return { word, n }
    })
    .groupBy(({ word }) => word)
    .count({ as: counts })
    .toStream({ tombstones: false })
    .to(totals)
  return p
}

const running: Running[] = []
afterEach(async () => {
  await Promise.allSettled(running.splice(0).map(app => app.close()))
})

async function start(log: Log, options: Partial<StartOptions> = {}, onError?: 'stop' | 'skip'): Promise<Running> {
  const app = await counting(onError).start({ log, ...options })
  running.push(app)
  return app
}

async function freshLog(): Promise<Log> {
  const log = memoryLog()
  await log.topics.create([
    { name: 'words', partitions: 4 },
    { name: 'totals', partitions: 2 },
  ])
  return log
}

async function write(log: Log, from: number, to: number, word = (n: number) => `w${n % 17}`): Promise<void> {
  await writeRecords(log, ['words'], writer => {
    for (let n = from; n < to; n++) writer.write(words, { key: `k${n}`, value: { word: word(n), n }, timestamp: n })
  })
}

/** The last count of every word, checking on the way that counts only ever grow. */
async function last(log: Log): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for await (const { key, value } of readRecords(log, totals)) {
    expect(value!).toBeGreaterThan(found[key!] ?? 0)
    found[key!] = value!
  }
  return found
}

function expected(to: number): Record<string, number> {
  const all: Record<string, number> = {}
  for (let n = 0; n < to; n++) all[`w${n % 17}`] = (all[`w${n % 17}`] ?? 0) + 1
  return all
}

describe.each(['exactly-once', 'at-least-once'] as const)('%s', guarantee => {
  it('counts everything, is drained, and goes on after a restart', async () => {
    const log = await freshLog()
    await write(log, 0, 1000)
    const first = await start(log, { guarantee })
    await first.drained()
    expect(await last(log)).toEqual(expected(1000))
    expect(first.status).toMatchObject({ state: 'running', lag: 0 })
    await first.close()
    await write(log, 1000, 1500)
    const second = await start(log, { guarantee })
    await second.drained()
    expect(await last(log)).toEqual(expected(1500))
    expect(second.status.records).toBeLessThan(1200)
  })

  it('shares tasks between instances as they come and go, and counts each record once', async () => {
    const log = await freshLog()
    const first = await start(log, { guarantee })
    await write(log, 0, 500)
    const second = await start(log, { guarantee })
    await write(log, 500, 1000)
    await first.drained()
    const tasks = () => [...first.status.tasks, ...second.status.tasks].toSorted()
    await until(() => tasks().length === 8 && first.status.tasks.length === 4)
    expect(new Set(tasks()).size).toBe(8)
    await write(log, 1000, 1500)
    await first.close()
    await write(log, 1500, 2000)
    await second.drained()
    expect(second.status.tasks).toHaveLength(8)
    expect(await last(log)).toEqual(expected(2000))
  })
})

/** Lets timers and tasks run until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(next => setImmediate(next))
}

describe('a callback that throws', () => {
  it('stops the pipeline with an error that says where, and loses nothing', async () => {
    const log = await freshLog()
    const app = await start(log)
    await write(log, 0, 100)
    await app.drained()
    await write(log, 100, 101, () => 'poison')
    await expect(app.drained()).rejects.toMatchObject({
      code: 'CALLBACK',
      place: {
        topic: 'words',
        operator: expect.stringMatching(/map/),
        line: expect.stringMatching(/instances\.test\.ts/),
      },
    })
    await expect(app.closed).rejects.toThrow(/I will not/)
    expect(app.status).toMatchObject({ state: 'error' })
    expect(await last(log)).toEqual(expected(100))
    const [position] = (await log.committed('counting', [{ topic: 'words', partition: 0 }])).values()
    expect(position!.offset).toBeLessThanOrEqual(
      (await log.endOffsets([{ topic: 'words', partition: 0 }], 'read_committed')).get('words-0')!,
    )
  })

  it('is counted where records may be skipped', async () => {
    const log = await freshLog()
    await write(log, 0, 10, n => (n === 3 ? 'poison' : 'fine'))
    const app = await start(log, {}, 'skip')
    await app.drained()
    expect(await last(log)).toEqual({ fine: 9 })
    expect(Object.entries(app.status.counters)).toEqual([[expect.stringMatching(/^skipped\{.*map/), 1]])
  })
})

describe('the handle', () => {
  it('reads committed state and watches it', async () => {
    const log = await freshLog()
    const app = await start(log)
    await write(log, 0, 170)
    await app.drained()
    const reader = app.query(counts)
    expect(await reader.get('w3')).toBe(10)
    expect(await reader.get('nothing')).toBeUndefined()
    const all: [string, number][] = []
    for await (const entry of reader.all()) all.push(entry)
    expect(Object.fromEntries(all)).toEqual(expected(170))
    const seen: (number | undefined)[] = []
    const watching = reader.watch('w3').subscribe(value => seen.push(value))
    await write(log, 170, 187)
    await app.drained()
    watching.unsubscribe()
    expect(seen).toEqual([10, 11])
    expect(() => app.query('cuonts')).toThrow(/UNKNOWN_STORE[^]*counts/)
    // JavaScript, and an import that gave nothing.
    expect(() => app.query(undefined as unknown as string)).toThrow(/UNKNOWN_STORE[^]*undefined[^]*counts/)
  })

  it('ends what watches a key: at a close, and with the error that stopped the pipeline', async () => {
    const log = await freshLog()
    const seen: unknown[] = []
    const watch = (app: Awaited<ReturnType<typeof start>>) =>
      app
        .query(counts)
        .watch('w3')
        .subscribe({ next: v => seen.push(v), complete: () => seen.push('end'), error: e => seen.push(e.code) })
    await write(log, 0, 17)
    const app = await start(log)
    await app.drained()
    watch(app)
    await app.close()
    const again = await start(log)
    watch(again)
    await write(log, 17, 18, () => 'poison')
    await expect(again.closed).rejects.toMatchObject({ code: 'CALLBACK' })
    watch(again)
    expect(seen).toEqual([1, 'end', 1, 'CALLBACK', 'CALLBACK'])
  })

  it('pauses and goes on', async () => {
    const log = await freshLog()
    const app = await start(log)
    app.pause()
    await write(log, 0, 10)
    expect(app.status.state).toBe('paused')
    expect(await last(log)).toEqual({})
    app.resume()
    await app.drained()
    expect(await last(log)).toEqual(expected(10))
  })

  it('closes by a signal, and refuses to be used afterwards', async () => {
    const log = await freshLog()
    const stop = new AbortController()
    const app = await start(log, { signal: stop.signal })
    stop.abort()
    await app.closed
    expect(app.status.state).toBe('closed')
    await expect(app.drained()).rejects.toMatchObject({ code: 'NOT_RUNNING' })
  })

  it('tells of its state from the present one to the end, whenever somebody begins to look', async () => {
    const log = await freshLog()
    const app = await start(log)
    await write(log, 0, 10)
    await app.drained()
    const seen: string[] = []
    app.state$.subscribe({
      next: ({ state, records }) => seen.push(`${state} ${records}`),
      complete: () => seen.push('complete'),
    })
    const { records } = app.status
    expect(seen).toEqual([`running ${records}`])
    app.pause()
    expect(seen.at(-1)).toBe(`paused ${records}`)
    await app.close()
    expect(seen.slice(-2)).toEqual([`closed ${records}`, 'complete'])
    const late: string[] = []
    app.state$.subscribe({ next: ({ state }) => late.push(state), complete: () => late.push('complete') })
    expect(late).toEqual(['closed', 'complete'])
  })
})

it('ends at once where it is closed while the group waits for somebody who does not come', async () => {
  const log = await freshLog()
  let asked = false
  const stuck = log.member({
    group: 'counting',
    protocol: 'sluice',
    topics: () => ['words'],
    userData: () => encodeClaim({ owned: [] }),
    assign: async members =>
      new Map(members.map(({ memberId }) => [memberId, { partitions: [], userData: Buffer.from('[]') }])),
    onRebalance: () => (asked = true),
    onLost: () => {},
  })
  await stuck.join()
  const closing = new AbortController()
  const starting = start(log, { signal: closing.signal })
  await vi.waitFor(() => expect(asked).toBe(true))
  closing.abort()
  await expect(starting).rejects.toMatchObject({ code: 'NOT_RUNNING' })
})
