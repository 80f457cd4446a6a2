import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { delay } from 'rxjs'
import { afterEach, expect, test } from 'vitest'
import { embedded, json, pipeline, readRecords, string, topic, type Log, type Pipeline } from '../../dsl/index.js'
import { writeRecords } from '../write-records.js'

const jobs = topic('jobs', { key: string, value: json<number>() })
const results = topic('results', { key: string, value: json<string>() })
const count = 40

let directory: string
const setUp = async (): Promise<void> => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-calls-'))
  const log = await embedded(directory).open()
  await log.topics.create([jobs, results].map(({ name }) => ({ name, partitions: 1 })))
  await writeRecords(log, ['jobs'], writer => {
    for (let i = 0; i < count; i++) writer.write(jobs, { key: `k${i % 7}`, value: i })
  })
  await log.close()
}
afterEach(() => rm(directory, { recursive: true, force: true }))

async function written(log: Log): Promise<readonly (readonly [string | null, string | null])[]> {
  const all: (readonly [string | null, string | null])[] = []
  for await (const { key, value } of readRecords(log, results)) all.push([key, value])
  return all
}

type Build = (call: (value: number) => Promise<void>) => Pipeline

/** Runs until so many calls have begun, then closes in the middle of them; without a number, until all is done. */
async function run(build: Build, until?: number) {
  let begun = 0
  let reached = () => {}
  const enough = new Promise<void>(resolve => (reached = resolve))
  const app = build(async () => {
    begun++
    if (begun === until) reached()
    // From here on nothing ends any more: the close finds calls that run.
    if (until !== undefined && begun > until - 3) return new Promise<void>(() => {})
    return undefined
  })
  const running = await app.start({ log: embedded(directory), commitInterval: 1 })
  await (until === undefined ? running.drained() : enough)
  await running.close()
}

/** Closes twice in the middle of calls, then runs to the end. Answers all results. */
async function throughCloses(build: Build): Promise<readonly (readonly [string | null, string | null])[]> {
  await setUp()
  await run(build, 12)
  await run(build, 9)
  await run(build)
  const log = await embedded(directory).open()
  const found = await written(log)
  await log.close()
  expect(found).toHaveLength(count)
  return found
}

test('calls that run at a close are made again by the next run, and their results go on once, in order', async () => {
  const found = await throughCloses(call => {
    const app = pipeline('calls', { value: json() })
    app
      .stream(jobs)
      .mapAsync(async value => {
        await call(value)
        return `done ${value}`
      })
      .to(results)
    return app
  })
  for (let key = 0; key < 7; key++) {
    const ofKey = found.filter(([k]) => k === `k${key}`).map(([, value]) => value)
    expect(ofKey).toEqual(
      Array.from({ length: count }, (_, i) => i)
        .filter(i => i % 7 === key)
        .map(i => `done ${i}`),
    )
  }
})

test('in the order of the partition, results keep it through closes', async () => {
  const found = await throughCloses(call => {
    const app = pipeline('calls', { value: json() })
    app
      .stream(jobs)
      .mapAsync(
        async value => {
          await call(value)
          return `done ${value}`
        },
        { order: 'partition' },
      )
      .to(results)
    return app
  })
  expect(found.map(([, value]) => value)).toEqual(Array.from({ length: count }, (_, i) => `done ${i}`))
})

test('a call that has failed for good, and waits for an older one to be told, is repeated as the same attempt', async () => {
  await setUp()
  const attempts: number[] = []
  const counts: object[] = []
  for (const holds of [true, true, false]) {
    const app = pipeline('calls', { value: json() })
    let failed = () => {}
    const enough = new Promise<void>(resolve => (failed = resolve))
    const stream = app.stream(jobs)
    // Holds the task up, so that the call has failed before the first commit.
    stream.pipe(delay(1)).forEach(() => {})
    stream
      .filter(value => value < 2)
      .mapAsync(
        (value, _key, { attempt }) => {
          if (value === 0) return holds ? new Promise<string>(() => {}) : `done ${value}`
          attempts.push(attempt)
          setTimeout(failed, 20)
          throw new Error('no')
        },
        { order: 'partition' },
      )
      .skip()
      .to(results)
    const running = await app.start({ log: embedded(directory), commitInterval: '1h' })
    await (holds ? enough : running.drained())
    await running.close()
    counts.push(running.status.counters)
  }
  expect(attempts).toEqual([1, 1, 1])
  expect(counts).toEqual([{}, {}, { 'skipped{jobs.mapAsync}': 1 }])
})

test('an effect is repeated with the same idempotency key, and no other', async () => {
  const keys = new Map<number, Set<string>>()
  await throughCloses(call => {
    const app = pipeline('calls', { value: json() })
    app
      .stream(jobs)
      .effect('mail', async (value, { idempotencyKey }) => {
        keys.set(value, (keys.get(value) ?? new Set()).add(idempotencyKey))
        await call(value)
        return 'sent'
      })
      .to(results)
    return app
  })
  expect([...keys.values()].every(({ size }) => size === 1)).toBe(true)
  expect(new Set([...keys.values()].map(each => [...each][0])).size).toBe(count)
  expect([...keys.get(3)!]).toEqual(['calls:mail:jobs:0:3:0'])
})

test('the last commit before a close begins no effect: the next run does', async () => {
  await setUp()
  const calls: number[] = []
  const start = async (onRecord: () => void) => {
    const app = pipeline('calls', { value: json() })
    app
      .stream(jobs)
      .peek(onRecord)
      .effect('mail', value => void calls.push(value))
    return app.start({ log: embedded(directory) })
  }
  const first = await start(() => void first.close())
  await first.closed
  expect(calls).toEqual([])
  const second = await start(() => {})
  await second.drained()
  await second.close()
  expect(calls.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
})

test('what was taken in before there was a dead-letter topic is not in one: the error says what helps', async () => {
  await setUp()
  const log = await embedded(directory).open()
  await log.topics.create([{ name: 'dead', partitions: 1 }])
  const outcome = async (cover: (stream: ReturnType<typeof mailed>) => unknown): Promise<unknown> => {
    const app = pipeline('calls', { value: json() })
    cover(mailed(app))
    const running = await app.start({ log, onError: () => {} })
    const error: unknown = await running.drained().catch((thrown: unknown) => thrown)
    const { counters } = running.status
    await running.close()
    return error ?? counters
  }
  const mailed = (app: Pipeline) =>
    app
      .stream(jobs)
      .filter(value => value === 0)
      .effect('mail', () => Promise.reject(new Error('no such address')))
  const place = { topic: 'jobs', partition: 0, offset: 0, operator: 'mail.effect' }
  expect(await outcome(() => {})).toMatchObject({ code: 'CALLBACK', place })
  expect(await outcome(stream => stream.deadLetter('dead'))).toMatchObject({
    code: 'CALLBACK',
    place,
    hint: expect.stringContaining('before there was a dead-letter topic') as unknown,
  })
  expect(await outcome(stream => stream.skip())).toEqual({ 'skipped{mail.effect}': 1 })
  await log.close()
})
