import { expect, it } from 'vitest'
import { json, memory, pipeline, recordWriter, string, topic } from 'sluice'
import { ManualClock, testDriver } from 'sluice/testing'
import { TokenBucket } from '../../src/runtime/token-bucket.js'

type Order = { readonly n: number }
const orders = topic('orders', { key: string, value: json<Order>() })
const calm = topic('calm', { key: string, value: json<Order>() })

it('a bucket gives as much as its rate, evenly, and only a little at once', () => {
  let now = 1_000
  const bucket = new TokenBucket(50, () => now)
  const taken = (): number => {
    let count = 0
    for (; bucket.open; count++) bucket.take()
    return count
  }
  expect(taken()).toBe(5)
  expect(bucket.opensAt).toBe(now + 20)
  let all = 0
  for (let i = 0; i < 10_000; i++, now++) all += taken()
  expect(all).toBeGreaterThanOrEqual(499)
  expect(all).toBeLessThanOrEqual(501)
  now += 3_600_000
  expect(taken()).toBe(5)
  // Full for a while: what was not used is lost, and not given on top.
  now += 100
  expect(bucket.open).toBe(true)
  now += 3_600_000
  expect(taken()).toBe(5)
  now -= 60_000
  expect(taken()).toBe(0)
  now += 20
  expect(taken()).toBe(1)
})

it('a slow rate goes by its unit', () => {
  let now = 0
  const bucket = new TokenBucket(1 / 3_600, () => now)
  expect(bucket.open).toBe(true)
  bucket.take()
  expect(bucket.opensAt).toBe(3_600_000)
  now = 3_599_999
  expect(bucket.open).toBe(false)
  now++
  expect(bucket.open).toBe(true)
})

it('records go as fast as the rate says, by the clock, and the pause shows', async () => {
  const app = pipeline('rated')
  app.stream(orders, { rate: '10/s' }).to(calm)
  const driver = await testDriver(app, { now: 5_000 })
  for (let n = 0; n < 4; n++) await driver.input(orders).send('k', { n }, { timestamp: 2_000 })
  const seen = (): number[] =>
    driver
      .output(calm)
      .read()
      .map(({ value }) => value!.n)
  expect(seen()).toEqual([0])
  expect(driver.status.inputs).toEqual([{ topic: 'orders', partition: 0, lag: 3, age: 3_000, paused: 'its rate' }])
  await driver.advance(99)
  expect(seen()).toEqual([])
  await driver.advance(1)
  expect(seen()).toEqual([1])
  await driver.advance(1_000)
  expect(seen()).toEqual([2, 3])
  expect(driver.status.inputs[0]).toMatchObject({ lag: 0, age: undefined, paused: undefined })
  await driver.close()
})

it('the partitions of a topic share its rate', async () => {
  const app = pipeline('shared-rate')
  app.stream(orders, { rate: '10/s' }).to(calm)
  const driver = await testDriver(app, { now: 0, partitions: 2 })
  for (let n = 0; n < 12; n++) await driver.input(orders).send(`k${n}`, { n }, { partition: n % 2 })
  expect(driver.output(calm).read()).toHaveLength(2)
  await driver.advance(400)
  expect(driver.output(calm).read()).toHaveLength(4)
  await driver.close()
})

it('the status tells of a pause by hand', async () => {
  const log = await memory().open()
  await log.topics.create(['orders', 'calm'].map(name => ({ name, partitions: 1 })))
  const clock = new ManualClock(10_000)
  const app = pipeline('paused')
  app.stream(orders).to(calm)
  const running = await app.start({ log, clock })
  await running.drained()
  running.pause()
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, ['orders'])
  writer.write(orders, { key: 'a', value: { n: 1 }, timestamp: 4_000 })
  writer.handOver()
  await producer.flush()
  // What is held is asked for its end once a second.
  await expect
    .poll(() => {
      clock.moveTo(clock.now() + 1_000)
      return running.status.inputs
    })
    .toMatchObject([{ topic: 'orders', partition: 0, lag: 1, paused: 'pause()' }])
  running.resume()
  await running.drained()
  expect(running.status.inputs[0]).toMatchObject({ lag: 0, paused: undefined })
  await running.close()
  await log.close()
})

it.each(['0/s', '10', '10/y', '-1/s', 's', 5 as unknown as '5/s'] as const)('the rate %j is refused', rate => {
  expect(() => pipeline('wrong').stream(orders, { rate: rate as '1/s' })).toThrow(
    /BAD_ARGUMENT: rate: .*rate\.test\.ts.*'100\/s'/s,
  )
})

it('an operator that does not answer shows, with the time that it takes', async () => {
  let answer = () => {}
  const answered = new Promise<void>(resolve => (answer = resolve))
  const app = pipeline('silent')
  app.stream(orders).process(() => () => answered)
  const driver = await testDriver(app, { now: 5_000 })
  const sent = driver.input(orders).send('k', { n: 1 })
  const paused = async () => {
    for (let i = 0; i < 20; i++) await new Promise<void>(resolve => setImmediate(resolve))
    return driver.status.inputs[0]?.paused
  }
  expect(await paused()).toBeUndefined()
  const advanced = driver.advance('7s')
  expect(await paused()).toBe('an operator of orders-0 that has not answered for 7 s')
  answer()
  await sent
  await advanced
  expect(await paused()).toBeUndefined()
  await driver.close()
})
