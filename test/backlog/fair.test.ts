import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  embedded,
  json,
  kafka,
  memory,
  pipeline,
  readRecords,
  recordWriter,
  string,
  topic,
  type Log,
  type Running,
} from 'sluice'
import { ManualClock, testDriver } from 'sluice/testing'
import { describeKafka } from '../kafka/shared.js'
import { tempDir } from '../store/temp-dir.js'

interface Job {
  readonly tenant: string
  readonly n: number
}
const jobs = (name: string) => topic(name, { key: string, value: json<Job>() })
const byTenant = ({ tenant }: Job): string => tenant

async function fill(log: Log, name: string, records: readonly Job[]): Promise<void> {
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [name])
  for (const value of records) writer.write(jobs(name), { key: value.tenant, value })
  writer.handOver()
  await producer.flush()
  await producer.close()
}

/** Nine in ten are of one tenant; the others come behind, as they do. */
const crowd = (count: number): Job[] =>
  Array.from({ length: count }, (_, n) => ({ tenant: n % 10 < 9 ? 'big' : `small-${n % 7}`, n }))

it('one with many records does not hold up those with few', async () => {
  const log = await memory().open()
  await log.topics.create([{ name: 'jobs', partitions: 1 }])
  const many = Array.from({ length: 500 }, (_, n) => ({ tenant: 'big', n }))
  const few = Array.from({ length: 5 }, (_, n) => ({ tenant: 'small', n }))
  await fill(log, 'jobs', [...many, ...few])
  const seen: Job[] = []
  const app = pipeline('fair')
  app.stream(jobs('jobs'), { fairBy: job => job.tenant }).forEach(job => seen.push(job))
  const running = await app.start({ log })
  await running.drained()
  expect(seen.slice(0, 10).map(byTenant)).toEqual(Array.from({ length: 5 }, () => ['big', 'small']).flat())
  expect(seen).toHaveLength(505)
  expect(running.status.inputs).toMatchObject([{ lag: 0 }])
  await running.close()
  await log.close()
})

/**
 * Stops in the middle again and again, with an error: what no commit has taken is done again, and nothing else. Answers the
 * numbers of the jobs that came out, sorted.
 */
async function onceThroughStops(log: Log, name: (what: string) => string): Promise<number[]> {
  const [input, output] = [name('jobs'), name('done')]
  await log.topics.create([input, output].map(topicName => ({ name: topicName, partitions: 1 })))
  const all = crowd(600)
  await fill(log, input, all)
  let stops = 0
  let ahead = 0
  for (let left = 40; ; left += 45) {
    let steps = left
    const app = pipeline(name('fair-stops'))
    const work = app.stream(jobs(input), { fairBy: byTenant, lookAhead: 100 }).peek(() => {
      if (steps-- === 0) throw new Error('in the middle')
    })
    work.to(jobs(output))
    const stateDir = join(await tempDir(), 'state')
    const running = await app.start({ log, stateDir, commitInterval: 1, maxUncommittedBytes: 300, onError: () => {} })
    const end = await running.drained().then(
      () => 'done',
      () => 'stopped',
    )
    await running.close()
    if (end === 'done') break
    stops++
    const [position] = (await log.committed(app.id, [{ topic: input, partition: 0 }])).values()
    if (/(^|;)d/.test(position?.metadata ?? '')) ahead++
    expect(stops).toBeLessThan(40)
  }
  const found: Job[] = []
  for await (const { value } of readRecords(log, jobs(output))) found.push(value!)
  for (const tenant of new Set(all.map(byTenant))) {
    const own = found.filter(job => job.tenant === tenant).map(({ n }) => n)
    expect(own).toEqual(own.toSorted((a, b) => a - b))
  }
  expect(stops).toBeGreaterThan(2)
  // Some of the stops came while others were ahead of the big one.
  expect(ahead).toBeGreaterThan(0)
  return found.map(({ n }) => n).toSorted((a, b) => a - b)
}

const each = crowd(600).map(({ n }) => n)

describe('each record once and each tenant in its order, through stops in the middle', () => {
  it('on the memory log', async () => {
    const log = await memory().open()
    onTestFinished(() => log.close())
    expect(await onceThroughStops(log, what => what)).toEqual(each)
  })

  it('on the embedded log', async () => {
    const log = await embedded(join(await tempDir(), 'log')).open()
    onTestFinished(() => log.close())
    expect(await onceThroughStops(log, what => what)).toEqual(each)
  })
})

describeKafka('turns of tenants on Kafka', shared => {
  it('each record once and each tenant in its order, through stops in the middle', { timeout: 120_000 }, async () => {
    const log = await kafka({ brokers: shared.brokers }).open()
    onTestFinished(() => log.close())
    const names = new Map<string, string>()
    const name = (what: string): string => names.get(what) ?? (names.set(what, shared.name(what)), names.get(what)!)
    expect(await onceThroughStops(log, name)).toEqual(each)
  })
})

it('what was ahead is not done again when the source no longer says fairBy', async () => {
  const log = await memory().open()
  await log.topics.create([{ name: 'jobs', partitions: 1 }])
  await fill(log, 'jobs', crowd(60))
  const seen: number[] = []
  const clock = new ManualClock(0)
  const start = (options: object): Promise<Running> => {
    const app = pipeline('was-fair')
    app.stream(jobs('jobs'), options).forEach(({ n }) => seen.push(n))
    return app.start({ log, clock })
  }
  // A tenth of a second's worth, and then no more: the clock stands still.
  const first = await start({ fairBy: byTenant, rate: '120/s' })
  await expect.poll(() => first.status.inputs[0]?.paused).toBe('its rate')
  clock.moveTo(100)
  await expect.poll(() => first.status.records).toBe(12)
  await first.close()
  const [position] = (await log.committed('was-fair', [{ topic: 'jobs', partition: 0 }])).values()
  expect(position?.metadata).toMatch(/d\w/)
  const second = await start({})
  await second.drained()
  await second.close()
  expect(seen.slice(12)).toEqual(seen.slice(12).toSorted((a, b) => a - b))
  expect(seen.toSorted((a, b) => a - b)).toEqual(crowd(60).map(({ n }) => n))
  await log.close()
})

describe('what cannot be', () => {
  it('is refused at its line', () => {
    const joined = pipeline('joined')
    joined
      .stream(jobs('jobs'), { fairBy: byTenant })
      .join(joined.stream(jobs('others')), a => a, { within: '1m' })
      .to(jobs('out'))
    expect(() => joined.describe()).toThrow(
      /BAD_TOPOLOGY: an input of join\(\) has its tenants take turns.*fair\.test\.ts.*leave out fairBy/s,
    )
    const twice = pipeline('twice')
    twice.stream(jobs('jobs'), { fairBy: byTenant }).to(jobs('out'))
    expect(() => twice.stream(jobs('jobs'))).toThrow(/read twice, with different fairBy/)
    const wrong = (options: object) => () => pipeline('wrong').stream(jobs('jobs'), options)
    expect(wrong({ lookAhead: 10 })).toThrow(/BAD_ARGUMENT: lookAhead without fairBy.*fair\.test\.ts/s)
    expect(wrong({ fairBy: byTenant, lookAhead: 1 })).toThrow(/BAD_ARGUMENT: lookAhead: 1/)
    expect(wrong({ fairBy: 'tenant' })).toThrow(/BAD_ARGUMENT: fairBy: "tenant" is no function/)
  })

  it('a fairBy that throws fails its record, with the place', async () => {
    const log = await memory().open()
    await log.topics.create([{ name: 'jobs', partitions: 1 }])
    await fill(log, 'jobs', [{ tenant: 'a', n: 1 }])
    const app = pipeline('throws')
    app
      .stream(jobs('jobs'), {
        fairBy: () => {
          throw new Error('no such tenant')
        },
      })
      .forEach(() => {})
    const running = await app.start({ log, onError: () => {} })
    await expect(running.drained()).rejects.toThrow(/CALLBACK: fairBy failed: no such tenant.*topic jobs.*offset 0/s)
    await running.close()
    await log.close()
  })

  it('a fairBy that answers objects, each a tenant of its own, fails its record', async () => {
    const app = pipeline('objects')
    const fairBy = (({ tenant }: { tenant: string }) => [tenant]) as unknown as typeof byTenant
    app.stream(jobs('jobs'), { fairBy }).skip().to(jobs('done'))
    const driver = await testDriver(app)
    await driver.input(jobs('jobs')).send('a', { tenant: 'a', n: 1 })
    expect(driver.output(jobs('done')).read()).toEqual([])
    expect(driver.counters).toEqual({ 'skipped{jobs}': 1 })
    await driver.close()
  })
})

it('goes on where it was in a driver that restarts', async () => {
  const app = pipeline('fair-driver')
  app.stream(jobs('jobs'), { fairBy: byTenant }).to(jobs('done'))
  const driver = await testDriver(app, { restartEvery: 3 })
  for (const job of crowd(20)) await driver.input(jobs('jobs')).send(job.tenant, job)
  expect(
    driver
      .output(jobs('done'))
      .read()
      .map(({ value }) => value),
  ).toEqual(crowd(20))
  await driver.close()
})
