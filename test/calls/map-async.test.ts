import { describe, expect, test } from 'vitest'
import { json, pipeline, string, topic, tumbling, type CallRecord, type MapAsyncOptions } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'

const jobs = topic('jobs', { key: string, value: json<number>() })
const results = topic('results', { key: string, value: json<number>() })

/** Calls that end when the test says so. */
class Desk {
  readonly begun: number[] = []
  readonly aborted: number[] = []
  readonly #ends = new Map<number, { resolve: (value: number) => void; reject: (error: Error) => void }>()

  readonly call = (value: number, _key: string, { signal }: CallRecord<string, number>): Promise<number> => {
    this.begun.push(value)
    signal.addEventListener('abort', () => this.aborted.push(value))
    return new Promise((resolve, reject) => this.#ends.set(value, { resolve, reject }))
  }

  async end(value: number): Promise<void> {
    this.#ends.get(value)!.resolve(value * 10)
    await soon()
  }

  async fail(value: number): Promise<void> {
    this.#ends.get(value)!.reject(new Error(`no ${value}`))
    await soon()
  }
}

/** Lets promises and the worker have their turns. */
const soon = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise<void>(resolve => setImmediate(resolve))
}

function calling(desk: Desk, options: MapAsyncOptions<string, number>) {
  const app = pipeline('calls', { value: json() })
  app.stream(jobs).mapAsync(desk.call, options).to(results)
  return app
}

async function run(options: MapAsyncOptions<string, number>, values: readonly (readonly [string, number])[]) {
  const desk = new Desk()
  const driver = await testDriver(calling(desk, options))
  const sent = values.map(([key, value]) => driver.input(jobs).send(key, value))
  await soon()
  const read = () =>
    driver
      .output(results)
      .read()
      .map(({ value }) => value)
  const done = async () => {
    await Promise.all(sent)
    await driver.settle()
  }
  return { desk, driver, read, done }
}

describe('the order of calls', () => {
  const values = [
    ['a', 1],
    ['a', 2],
    ['b', 3],
  ] as const

  test('by key: one of a key at a time, keys side by side', async () => {
    const { desk, driver, read, done } = await run({}, values)
    expect(desk.begun).toEqual([1, 3])
    await desk.end(3)
    await desk.end(1)
    expect(desk.begun).toEqual([1, 3, 2])
    await desk.end(2)
    await done()
    expect(read()).toEqual([30, 10, 20])
    await driver.close()
  })

  test('by partition: results in the order of the records', async () => {
    const { desk, driver, read, done } = await run({ order: 'partition' }, values)
    await desk.end(3)
    await desk.end(1)
    await desk.end(2)
    await done()
    expect(read()).toEqual([10, 20, 30])
    await driver.close()
  })

  test('none: all side by side', async () => {
    const { desk, driver, read, done } = await run({ order: 'none' }, values)
    expect(desk.begun).toEqual([1, 2, 3])
    await desk.end(2)
    await desk.end(3)
    await desk.end(1)
    await done()
    expect(read()).toEqual([20, 30, 10])
    await driver.close()
  })

  test('no more at a time than asked for; a free slot takes the key that has waited longest', async () => {
    const { desk, driver, done } = await run({ concurrency: 1 }, values)
    expect(desk.begun).toEqual([1])
    await desk.end(1)
    expect(desk.begun).toEqual([1, 3])
    await desk.end(3)
    expect(desk.begun).toEqual([1, 3, 2])
    await desk.end(2)
    await done()
    await driver.close()
  })
})

test('a call that failed stops the pipeline, with its place', async () => {
  const { desk, driver, done } = await run({}, [['a', 1]])
  const failing = desk.fail(1)
  await expect(done()).rejects.toMatchObject({
    code: 'CALLBACK',
    place: { topic: 'jobs', partition: 0, offset: 0, operator: 'jobs.mapAsync' },
  })
  await failing
  await driver.close().catch(() => undefined)
})

test('thousands of calls that throw at once, before they are calls, are skipped one by one', async () => {
  const app = pipeline('calls', { value: json() })
  let open = () => {}
  const gate = new Promise<void>(resolve => (open = resolve))
  const failed: number[] = []
  app
    .stream(jobs)
    .flatMap(count => Array.from({ length: count }, (_, i) => i))
    .mapAsync(
      value => {
        if (value > 0) failed.push(value)
        if (value > 0) throw new Error(`no ${value}`)
        return gate.then(() => value)
      },
      { concurrency: 1, order: 'none' },
    )
    .skip()
    .to(results)
  const driver = await testDriver(app)
  const sent = driver.input(jobs).send('k', 5_000)
  await soon()
  open()
  await sent
  expect(failed).toEqual(Array.from({ length: 4_999 }, (_, i) => i + 1))
  expect(driver.counters).toEqual({ 'skipped{jobs.mapAsync}': 4_999 })
  await driver.close()
})

test('a call that does not answer is called off, and its record goes to the dead letters as it came', async () => {
  const desk = new Desk()
  const app = pipeline('calls', { value: json() })
  app.stream(jobs).mapAsync(desk.call, { timeout: '5s' }).deadLetter('dead').to(results)
  const driver = await testDriver(app)
  const sent = driver.input(jobs).send('a', 1, { headers: { trace: 'x' } })
  await soon()
  const advanced = driver.advance('5s')
  await sent
  await advanced
  expect(desk.aborted).toEqual([1])
  const [letter] = driver.output('dead').read()
  expect(Buffer.from(letter!.value as Buffer).toString()).toBe('1')
  expect(letter!.headers.text('sluice.code')).toBe('CALL_TIMEOUT')
  expect(letter!.headers.text('sluice.offset')).toBe('0')
  expect(letter!.headers.text('trace')).toBe('x')
  await driver.close()
})

test('a second call beside one that takes long; the first answer counts', async () => {
  const answers: ((value: number) => void)[] = []
  const aborted: number[] = []
  const app = pipeline('calls', { value: json() })
  app
    .stream(jobs)
    .mapAsync(
      (_value, _key, { signal }) =>
        new Promise<number>(resolve => {
          const call = answers.push(resolve)
          signal.addEventListener('abort', () => aborted.push(call))
        }),
      { hedge: { after: '1s' } },
    )
    .to(results)
  const driver = await testDriver(app)
  const sent = driver.input(jobs).send('a', 1)
  await soon()
  const advanced = driver.advance('1s')
  await soon()
  expect(answers).toHaveLength(2)
  answers[1]!(2)
  await sent
  await advanced
  answers[0]!(1)
  await soon()
  expect(
    driver
      .output(results)
      .read()
      .map(({ value }) => value),
  ).toEqual([2])
  expect(aborted).toEqual([1])
  await driver.close()
})

test('a slot that becomes free goes to the second call of one that takes long before it goes to those that wait', async () => {
  const { desk, driver, read, done } = await run({ concurrency: 2, hedge: { after: '1s' } }, [
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ])
  const advanced = driver.advance('1s')
  await soon()
  expect(desk.begun).toEqual([1, 2])
  await desk.end(2)
  expect(desk.begun).toEqual([1, 2, 1])
  await desk.end(1)
  expect(desk.begun).toEqual([1, 2, 1, 3])
  expect(desk.aborted).toEqual([1])
  await desk.end(3)
  await Promise.all([done(), advanced])
  expect(read()).toEqual([20, 10, 30])
  await driver.close()
})

test('a race: the first to succeed wins, the others are called off', async () => {
  const runners: { resolve: (value: number) => void; reject: (error: Error) => void }[] = []
  const aborted: number[] = []
  const app = pipeline('calls', { value: json() })
  app
    .stream(jobs)
    .copy({ race: 3 })
    .mapAsync(
      (_value, _key, { signal }) =>
        new Promise<number>((resolve, reject) => {
          const call = runners.push({ resolve, reject })
          signal.addEventListener('abort', () => aborted.push(call))
        }),
    )
    .to(results)
  const driver = await testDriver(app)
  const sent = driver.input(jobs).send('a', 1)
  await soon()
  expect(runners).toHaveLength(3)
  runners[0]!.reject(new Error('fell'))
  await soon()
  runners[2]!.resolve(3)
  await sent
  expect(aborted).toEqual([2])
  expect(
    driver
      .output(results)
      .read()
      .map(({ value }) => value),
  ).toEqual([3])
  await driver.close()
})

test('a race whose first runner throws before it is a call is run by the others', async () => {
  let runners = 0
  const app = pipeline('calls', { value: json() })
  app
    .stream(jobs)
    .copy({ race: 2 })
    .mapAsync(value => {
      if (++runners === 1) throw new Error('fell at the start')
      return value * 10
    })
    .to(results)
  const driver = await testDriver(app)
  await driver.input(jobs).send('a', 1)
  expect(
    driver
      .output(results)
      .read()
      .map(({ value }) => value),
  ).toEqual([10])
  await driver.close()
})

test('stream time stands still for the oldest call, so that its result is not late', async () => {
  const desk = new Desk()
  const app = pipeline('calls', { value: json() })
  const counted = topic('counted', { key: string, value: json<number>() })
  app
    .stream(jobs)
    .mapAsync(desk.call, {})
    .groupByKey()
    .windowedBy(tumbling(10, { grace: 0 }))
    .count({ emit: 'final' })
    .toStream({ tombstones: false })
    .map(count => count)
    .selectKey((_count, { key, start }) => `${key}@${start}`)
    .to(counted)
  const driver = await testDriver(app)
  const sent = [
    driver.input(jobs).send('slow', 1, { timestamp: 5 }),
    driver.input(jobs).send('fast', 2, { timestamp: 7 }),
    driver.input(jobs).send('fast', 3, { timestamp: 25 }),
  ]
  await soon()
  await desk.end(2)
  await desk.end(3)
  await soon()
  await desk.end(1)
  await Promise.all(sent)
  const rows = driver
    .output(counted)
    .read()
    .map(({ key, value }) => [key, value])
  expect(rows.toSorted()).toEqual([
    ['fast@0', 1],
    ['slow@0', 1],
  ])
  expect(driver.counters).not.toHaveProperty('late_records')
  await driver.close()
})

test('an answer of undefined is tried again', async () => {
  const tried: number[] = []
  const app = pipeline('calls', { value: json() })
  app
    .stream(jobs)
    .mapAsync((value, _key, { attempt }) => {
      tried.push(attempt)
      return attempt < 3 ? (undefined as unknown as number) : value
    })
    .retry({ attempts: 3, backoff: '1s' })
    .deadLetter('dead')
    .to(results)
  const driver = await testDriver(app, { now: 0 })
  await driver.input(jobs).send('a', 1)
  await driver.advance('5s')
  expect(tried).toEqual([1, 2, 3])
  expect(driver.output(results).read()).toHaveLength(1)
  expect(driver.output('dead').read()).toEqual([])
  await driver.close()
})
