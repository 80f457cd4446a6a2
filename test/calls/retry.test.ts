import { describe, expect, test } from 'vitest'
import { exponential, json, pipeline, string, topic, type RetryOptions } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'

const jobs = topic('jobs', { key: string, value: json<number>() })
const results = topic('results', { key: string, value: json<number>() })

/** Fails for a value as often as it is told to. */
function failing(times: Record<number, number>) {
  const tried: number[] = []
  const work = (value: number): number => {
    tried.push(value)
    if ((times[value] ?? 0) > 0) {
      times[value]!--
      throw new Error(`not yet ${value}`)
    }
    return value * 10
  }
  return { tried, work }
}

async function running(how: 'map' | 'mapAsync', work: (value: number) => number, options: RetryOptions) {
  const app = pipeline('retrying', { value: json() })
  const stream = app.stream(jobs)
  const worked = how === 'map' ? stream.map(value => work(value)) : stream.mapAsync(async value => work(value))
  worked.retry(options).deadLetter('dead').to(results)
  const driver = await testDriver(app)
  const read = () =>
    driver
      .output(results)
      .read()
      .map(({ value }) => value)
  return { driver, read }
}

describe.each(['map', 'mapAsync'] as const)('%s behind which stands retry', how => {
  test('the key of a record that failed is parked, in order; others go on', async () => {
    const { tried, work } = failing({ 1: 2 })
    const { driver, read } = await running(how, work, { attempts: 5, backoff: '10s' })
    const input = driver.input(jobs)
    await input.send('a', 1)
    await input.send('a', 2)
    await input.send('b', 3)
    expect(read()).toEqual([30])
    await driver.advance('10s')
    expect(read()).toEqual([])
    await driver.advance('10s')
    expect(read()).toEqual([10, 20])
    expect(tried).toEqual([1, 3, 1, 1, 2])
    await driver.close()
  })

  test('parked records outlast a restart', async () => {
    const { work } = failing({ 1: 1 })
    const { driver, read } = await running(how, work, { attempts: 5, backoff: '10s' })
    const input = driver.input(jobs)
    await input.send('a', 1)
    await input.send('a', 2)
    await driver.restart()
    await input.send('a', 3)
    expect(read()).toEqual([])
    await driver.advance('10s')
    expect(read()).toEqual([10, 20, 30])
    await driver.close()
  })

  test('behind the last attempt it is a dead letter that says how often it was tried', async () => {
    const { tried, work } = failing({ 1: 9 })
    const { driver, read } = await running(how, work, { attempts: 3, backoff: '10s' })
    const input = driver.input(jobs)
    await input.send('a', 1)
    await input.send('a', 2)
    await driver.advance('10s')
    await driver.advance('10s')
    expect(tried).toEqual([1, 1, 1, 2])
    expect(read()).toEqual([20])
    const [letter] = driver.output('dead').read()
    expect(Buffer.from(letter!.value as Buffer).toString()).toBe('1')
    expect(letter!.headers.text('sluice.attempt')).toBe('3')
    expect(letter!.headers.text('sluice.error')).toContain('not yet 1')
    await driver.close()
  })

  test('an error that another attempt does not help is not tried again', async () => {
    const { tried, work } = failing({ 1: 9 })
    const { driver } = await running(how, work, { attempts: 3, on: error => !String(error).includes('not yet') })
    await driver.input(jobs).send('a', 1)
    expect(tried).toEqual([1])
    expect(driver.output('dead').read()).toHaveLength(1)
    await driver.close()
  })

  test.each<[string, Partial<RetryOptions>]>([
    ['on', { on: () => Promise.reject(new Error('late')) as never }],
    ['backoff', { backoff: () => Promise.reject(new Error('late')) as never }],
  ])('a promise of %s is a failure, whatever becomes of it', async (_what, options) => {
    const { tried, work } = failing({ 1: 9 })
    const { driver } = await running(how, work, { attempts: 3, ...options })
    await driver.input(jobs).send('a', 1)
    expect(tried).toEqual([1])
    const [letter] = driver.output('dead').read()
    expect(letter!.headers.text('sluice.error')).toContain('answered a promise')
    await driver.close()
  })
})

test('thousands parked behind one record follow it, in their order', async () => {
  const { tried, work } = failing({ 0: 1 })
  const app = pipeline('retrying', { value: json() })
  app
    .stream(jobs)
    .flatMap(count => Array.from({ length: count }, (_, i) => i))
    .map(work)
    .retry({ attempts: 2, backoff: '10s' })
    .to(results)
  const driver = await testDriver(app)
  await driver.input(jobs).send('a', 9_000)
  expect(tried).toEqual([0])
  await driver.advance('10s')
  const found = driver.output(results).read()
  expect(found.map(({ value }) => value)).toEqual(Array.from({ length: 9_000 }, (_, i) => i * 10))
  await driver.close()
})

test('an effect has the same idempotency keys whether what it is made of was parked before or not', async () => {
  const keysAfter = async (times: Record<number, number>): Promise<Map<number, string>> => {
    const { work } = failing(times)
    const keys = new Map<number, string>()
    const app = pipeline('retrying', { value: json() })
    app
      .stream(jobs)
      .flatMap(value => [value, value + 1, value + 2])
      .map(work)
      .retry({ attempts: 5, backoff: '10s' })
      .effect('mail', (value, { idempotencyKey }) => void keys.set(value, idempotencyKey))
    const driver = await testDriver(app)
    await driver.input(jobs).send('a', 1)
    await driver.input(jobs).send('b', 7)
    for (let i = 0; i < 3; i++) await driver.advance('10s')
    await driver.close()
    return keys
  }
  const calm = await keysAfter({})
  expect(new Set(calm.values()).size).toBe(6)
  expect(await keysAfter({ 1: 1 })).toEqual(calm)
  expect(await keysAfter({ 2: 2, 7: 1, 9: 1 })).toEqual(calm)
})

test('a dead letter of an effect that is put back keeps the idempotency key, although it takes another way', async () => {
  const { work } = failing({ 7: 1 })
  const keys: string[] = []
  let broken = true
  const app = pipeline('retrying', { value: json() })
  app
    .stream(jobs)
    .map(work)
    .retry({ attempts: 2, backoff: '10s' })
    .effect('mail', (_value, { idempotencyKey }) => {
      keys.push(idempotencyKey)
      if (broken) throw new Error('503')
    })
    .deadLetter('dead')
  const driver = await testDriver(app)
  await driver.input(jobs).send('a', 7)
  await driver.advance('10s')
  const [letter] = driver.output('dead').read()
  expect(letter!.headers.text('sluice.origin')).toBe('jobs/0/0')
  broken = false
  // As `sluice dlq replay` does.
  const headers = { 'sluice.origin': 'jobs/0/0', 'sluice.attempt': '2' }
  await driver.input(jobs).sendBytes(letter!.key as Uint8Array, letter!.value as Uint8Array, { headers })
  expect(keys).toEqual(Array(2).fill('retrying:mail:jobs:0:0:jobs.map:0.0'))
  await driver.close()
})

test('waits grow, up to a limit, and chance shortens them', () => {
  const backoff = exponential('100ms', { max: '1s', jitter: 0.5 })
  expect([1, 2, 3, 4, 5, 6].map(failures => backoff(failures, 0))).toEqual([100, 200, 400, 800, 1000, 1000])
  expect(backoff(1, 0.5)).toBe(75)
  // Behind so many failures the factor is beyond all numbers.
  expect([exponential(0)(2_000, 0), exponential('1ms', { max: '1s' })(2_000, 0)]).toEqual([0, 1_000])
})

test.each([
  ['no end', { attempts: Number.POSITIVE_INFINITY }],
  ['none', {} as RetryOptions],
  ['zero', { attempts: 0 }],
])('a policy of %s attempts is refused with its line', (_name, options) => {
  const app = pipeline('retrying', { value: json() })
  const stream = app.stream(jobs).map(value => value)
  expect(() => stream.retry(options)).toThrow(
    expect.objectContaining({ code: 'BAD_ARGUMENT', hint: expect.stringContaining('attempts: 5') }),
  )
})

test('a join that holds records back fails on the record it is at, which is not tried again', async () => {
  const app = pipeline('holding', { value: json() })
  const rates = app.table(topic('rates', { key: string, value: json<number>() }), { as: 'rates', history: '1h' })
  app
    .stream(jobs)
    .map(value => value)
    .join(
      rates,
      (value, rate) => {
        if (value === 1) throw new Error('not this one')
        return value * rate
      },
      { grace: 10 },
    )
    .retry({ attempts: 5, backoff: 10 })
    .deadLetter('dead')
    .to(results)
  const driver = await testDriver(app)
  await driver.input('rates').send('a', 100, { timestamp: 0 })
  await driver.input(jobs).send('a', 1, { timestamp: 5, headers: { trace: 'one' } })
  await driver.input(jobs).send('a', 2, { timestamp: 20 })
  await driver.restart()
  await driver.input(jobs).send('a', 3, { timestamp: 40 })
  await driver.advance('1m')
  expect(
    driver
      .output(results)
      .read()
      .map(({ value }) => value),
  ).toEqual([200])
  const letters = driver.output('dead').read()
  expect(letters.map(({ headers }) => [headers.text('sluice.offset'), headers.text('trace')])).toEqual([['0', 'one']])
  expect(Buffer.from(letters[0]!.value as Buffer).toString()).toBe('1')
  await driver.close()
})

test('an attempt gets the value as it came, whatever the one before has done to it', async () => {
  interface Counted {
    n: number
  }
  const counted = topic('counted', { key: string, value: json<Counted>() })
  const done = topic('done', { key: string, value: json<Counted>() })
  let fails = 2
  const app = pipeline('changing', { value: json() })
  app
    .stream(counted)
    .map(value => {
      value.n++
      if (fails-- > 0) throw new Error('not yet')
      return value
    })
    .retry({ attempts: 5, backoff: '10s' })
    .to(done)
  const driver = await testDriver(app)
  await driver.input(counted).send('a', { n: 0 })
  await driver.advance('10s')
  await driver.advance('10s')
  const read = driver.output(done).read()
  expect(read.map(({ value }) => value)).toEqual([{ n: 1 }])
  await driver.close()
})

test('a dead letter tells how often the operator has tried that failed, not one above it', async () => {
  const app = pipeline('calls', { value: json() })
  app
    .stream(jobs)
    .mapAsync((value, _key, { attempt }) => {
      if (attempt < 3) throw new Error('not yet')
      return value
    })
    .retry({ attempts: 3, backoff: 1 })
    .map((): number => {
      throw new Error('never')
    })
    .deadLetter('dead')
    .to(results)
  const driver = await testDriver(app)
  await driver.input(jobs).send('a', 1)
  await driver.advance(2)
  const letters = driver.output('dead').read()
  expect(letters.map(({ headers }) => headers.text('sluice.attempt'))).toEqual(['1'])
  await driver.close()
})
