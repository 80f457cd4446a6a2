import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  embedded,
  json,
  merge,
  pipeline,
  readRecords,
  string,
  topic,
  type AllOptions,
  type Pipeline,
} from '../../dsl/index.js'
import { testDriver, type TestDriver } from '../../src/testing/index.js'
import { ManualClock } from '../../src/testing/manual-clock.js'
import { logWith, texts, write } from './helpers.js'

interface Result {
  readonly complete: boolean
  readonly parts: Readonly<Record<string, unknown>>
  readonly missing: readonly string[]
}

const results = topic('results', { key: string, value: json<Result>() })
const options = { timeout: '10m', remember: '1m' } as const

/** A video and its sound, from two topics. */
function named(more: Partial<AllOptions<string>> = {}): Pipeline {
  const p = pipeline('all')
  const [video, sound] = [p.stream(texts('video')), p.stream(texts('sound'))]
  merge.all({ video, sound }, { ...options, ...more }).to(results)
  return p
}

interface Job {
  readonly id: string
  readonly of?: number | readonly string[]
}
const jobs = topic('jobs', { key: string, value: json<Job>() })

/** The jobs of an import: how many, or which, some of them tell. */
function counted(): Pipeline {
  const p = pipeline('all')
  merge.all(p.stream(jobs), { part: job => job.id, expect: job => job.of, ...options }).to(results)
  return p
}

const read = (driver: TestDriver) =>
  driver
    .output(results)
    .read()
    .map(({ key, value, timestamp }) => ({ key, ...value!, timestamp }))

const total = (driver: TestDriver, what: string) => {
  const found = Object.entries(driver.counters).filter(([name]) => name.startsWith(what))
  return found.reduce((sum, [, n]) => sum + n, 0)
}

it('waits for the parts that were told, whatever becomes of the array that told them', async () => {
  const told: string[] = []
  const p = pipeline('all')
  const expected = ({ of }: Job): readonly string[] | undefined => {
    told.splice(0, told.length, ...(of === undefined ? [] : ['a', 'b', 'c']))
    return of === undefined ? undefined : told
  }
  merge.all(p.stream(jobs), { part: job => job.id, expect: expected, ...options }).to(results)
  const log = await logWith(['jobs', 'results'])
  const row = (job: Job) => ({ topic: 'jobs', key: 'k', value: JSON.stringify(job) })
  const parts = [{ id: 'a', of: 3 }, { id: 'b', of: 3 }, { id: 'b', of: 3 }, { id: 'b' }, { id: 'c' }]
  await write(log, parts.map(row))
  const app = await p.start({ log })
  await app.drained()
  await app.close()
  const found: unknown[] = []
  for await (const { value } of readRecords(log, results)) found.push(Object.keys(value!.parts))
  expect(found).toEqual([['a', 'b', 'c']])
  await log.close()
})

describe('merge.all of named streams', () => {
  it('waits for every part of a key, and tells them once', async () => {
    await using driver = await testDriver(named())
    await driver.input(texts('video')).send('a', 'va', { timestamp: 7 })
    await driver.input(texts('video')).send('b', 'vb', { timestamp: 3 })
    expect(read(driver)).toEqual([])
    await driver.input(texts('sound')).send('b', 'sb', { timestamp: 5 })
    await driver.input(texts('sound')).send('a', 'sa', { timestamp: 4 })
    expect(read(driver)).toEqual([
      { key: 'b', complete: true, parts: { video: 'vb', sound: 'sb' }, missing: [], timestamp: 5 },
      { key: 'a', complete: true, parts: { video: 'va', sound: 'sa' }, missing: [], timestamp: 7 },
    ])
    await driver.advance('1h')
    expect(read(driver)).toEqual([])
  })

  it('tells what is there when the time is over, and names what is missing, once', async () => {
    await using driver = await testDriver(named())
    await driver.input(texts('sound')).send('a', 'sa', { timestamp: 4 })
    await driver.advance('9m')
    expect(read(driver)).toEqual([])
    await driver.advance('1m')
    expect(read(driver)).toEqual([
      { key: 'a', complete: false, parts: { sound: 'sa' }, missing: ['video'], timestamp: 4 },
    ])
    expect(total(driver, 'incomplete')).toBe(1)
    await driver.input(texts('video')).send('a', 'late')
    await driver.input(texts('sound')).send('a', 'again')
    expect([total(driver, 'late_parts'), total(driver, 'duplicate_parts')]).toEqual([1, 1])
    await driver.advance('1h')
    expect(read(driver)).toEqual([])
  })

  it('takes the last of several records for a part, and counts the others', async () => {
    await using driver = await testDriver(named())
    await driver.input(texts('video')).send('a', 'first')
    await driver.input(texts('video')).send('a', 'second')
    await driver.input(texts('sound')).send('a', 'sa')
    await driver.input(texts('sound')).send('a', 'after')
    expect(read(driver)).toMatchObject([{ parts: { video: 'second', sound: 'sa' } }])
    expect(total(driver, 'duplicate_parts')).toBe(2)
  })

  it('lets a key begin anew once it is forgotten', async () => {
    await using driver = await testDriver(named())
    for (const round of ['1', '2']) {
      await driver.input(texts('video')).send('a', round)
      await driver.input(texts('sound')).send('a', round)
      expect(read(driver)).toMatchObject([{ parts: { video: round, sound: round } }])
      await driver.advance('1m')
    }
    await using forgetting = await testDriver(named({ remember: 0 }))
    for (const name of ['video', 'sound', 'video', 'sound']) await forgetting.input(texts(name)).send('a', 'x')
    expect(read(forgetting)).toHaveLength(2)
  })

  it('keeps nothing of what is over', async () => {
    await using driver = await testDriver(named({ as: 'waiting' }))
    for (const key of ['a', 'b', 'c']) await driver.input(texts('video')).send(key, 'v')
    await driver.input(texts('sound')).send('a', 's')
    await driver.advance('1h')
    expect(await driver.store('waiting').all()).toEqual([])
  })
})

describe('merge.all of branches', () => {
  it('brings the copies of a record together again', async () => {
    const p = pipeline('all')
    p.stream(texts('video'))
      .copy({ large: video => video.map(v => `${v} 4k`), small: video => video.map(v => `${v} gif`) })
      .merge.all({ ...options, values: { large: string, small: string } })
      .map(each => (each.complete ? `${each.parts.large} + ${each.parts.small}` : each.missing.join()))
      .to(texts('out'))
    await using driver = await testDriver(p)
    await driver.input(texts('video')).send('a', 'film')
    expect(driver.output(texts('out')).read()).toMatchObject([{ key: 'a', value: 'film 4k + film gif' }])
  })
})

describe('merge.all of one stream', () => {
  it('waits for as many parts as a value says, or for those that it names', async () => {
    await using driver = await testDriver(counted())
    const send = (key: string, id: string, of?: Job['of']) =>
      driver.input(jobs).send(key, of === undefined ? { id } : { id, of }, { timestamp: 1 })
    await send('i', 'j1')
    await send('i', 'j2', 3)
    await send('n', 'x')
    await send('n', 'z', ['x', 'y'])
    expect(read(driver)).toEqual([])
    await send('i', 'j3')
    await send('n', 'y')
    expect(read(driver)).toMatchObject([
      { key: 'i', complete: true, parts: { j1: { id: 'j1' }, j2: { id: 'j2' }, j3: { id: 'j3' } } },
      { key: 'n', complete: true, parts: { x: {}, y: {}, z: {} } },
    ])
    await send('m', 'b', ['a', 'b', 'c'])
    await driver.advance('10m')
    expect(read(driver)).toMatchObject([{ key: 'm', complete: false, missing: ['a', 'c'] }])
  })

  it.each<[string, unknown]>([
    ['a part without a name', { id: '' }],
    ['0 parts', { id: 'x', of: 0 }],
    ['a part of a part', { id: 'x', of: 1.5 }],
  ])('refuses %s, with the line', async (_, job) => {
    const driver = await testDriver(counted())
    await expect(driver.input(jobs).send('k', job as Job)).rejects.toThrow(/CALLBACK.*merge\.all.*all\.test\.ts:\d+/)
    await driver.close().catch(() => undefined)
  })
})

describe('what waits', () => {
  it('outlasts restarts after every record, and ends once', async () => {
    const event = fc.record({
      topic: fc.constantFrom('video', 'sound'),
      key: fc.constantFrom('a', 'b', 'c'),
      advance: fc.constantFrom(0, 1, 5 * 60_000, 10 * 60_000),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), async events => {
        const told = async (restartEvery?: number) => {
          await using driver = await testDriver(named(), restartEvery === undefined ? {} : { restartEvery })
          for (const [i, { topic: name, key, advance }] of events.entries()) {
            await driver.input(texts(name)).send(key, `${name}${i}`)
            if (advance > 0) await driver.advance(advance)
          }
          await driver.advance('1d')
          return read(driver)
        }
        expect(await told(1)).toEqual(await told())
      }),
      { numRuns: 10 },
    )
  })

  it('is told after a restart on the embedded log that was longer than the wait', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-all-'))
    const clock = new ManualClock(0)
    const run = async (work: (log: Awaited<ReturnType<ReturnType<typeof embedded>['open']>>) => Promise<void>) => {
      const log = await embedded(dir).open()
      await work(log)
      const app = await named().start({ log, clock })
      await app.drained()
      await app.close()
      await log.close()
    }
    await run(async log => {
      await log.topics.create(['video', 'sound', 'results'].map(name => ({ name, partitions: 2 })))
      await write(log, [
        { topic: 'video', key: 'a', value: 'va' },
        { topic: 'video', key: 'b', value: 'vb' },
      ])
    })
    clock.moveTo(20 * 60_000)
    const found: unknown[] = []
    const log = await embedded(dir).open()
    const app = await named().start({ log, clock })
    await write(log, [{ topic: 'video', key: 'd', value: 'later' }])
    await app.drained()
    while (app.status.records < 1 || app.status.commits < 1) await new Promise(next => setTimeout(next, 5))
    await app.close()
    for await (const { key, value } of readRecords(log, results)) found.push([key, value])
    expect(found.toSorted()).toEqual(
      ['a', 'b'].map(key => [key, { complete: false, parts: { video: `v${key}` }, missing: ['sound'] }]),
    )
    await log.close()
    await rm(dir, { recursive: true })
  })
})

describe('merge.all is refused', () => {
  const stream = () => pipeline('all').stream(texts('video'))

  it.each<[string, () => unknown, RegExp]>([
    ['without a time', () => merge.all({ a: stream() }, {} as never), /how long a key waits .*all\.test\.ts/],
    [
      'with a time that is none',
      () => merge.all({ a: stream() }, { timeout: 'soon' as never }),
      /^BAD_DURATION: merge\.all\(\{ timeout \}\) "soon" .*all\.test\.ts/,
    ],
    ['without streams', () => merge.all({}, options), /merge\.all\(\) without a stream .*all\.test\.ts/],
    ['of a part without a name', () => merge.all({ '': stream() }, options), /a part named "" .*all\.test\.ts/],
    ['without part', () => merge.all(stream(), options as never), /merge\.all\(\{ part \}\) needs a function/],
    [
      'with no part to expect',
      () => merge.all(stream(), { ...options, part: () => 'x', expect: 0 }),
      /merge\.all\(\{ expect \}\).* needs a function, not number/,
    ],
    [
      'of streams of two pipelines',
      () => merge.all({ a: stream(), b: stream() }, options),
      /brings together streams of two pipelines/,
    ],
    [
      'of a stream that is not partitioned by its key',
      () => merge.all({ a: stream().selectKey(value => value) } as never, options),
      /not partitioned by its key .*all\.test\.ts/,
    ],
  ])('%s', (_, build, error) => {
    expect(build).toThrow(error)
  })

  it('where topics have different numbers of partitions', async () => {
    const log = await logWith(['video', 'results'], 2)
    await log.topics.create([{ name: 'sound', partitions: 3 }])
    await expect(named().start({ log })).rejects.toThrow(/equal keys do not meet in one task/)
    await log.close()
  })
})
