import { expect, it } from 'vitest'
import { json, memory, pipeline, recordWriter, string, topic } from 'sluice'
import { ManualClock, testDriver } from 'sluice/testing'
import { RateSlots } from '../../src/runtime/inputs/rate-slots.js'

type Order = { readonly n: number }
const orders = topic('orders', { key: string, value: json<Order>() })
const calm = topic('calm', { key: string, value: json<Order>() })

it('slots are as many as the rate says, evenly, and only a few may be used at once', () => {
  let now = 1_000
  const slots = new RateSlots(
    50,
    0,
    () => 1,
    () => now,
  )
  const taken = (): number => {
    let count = 0
    for (; slots.open; count++) slots.take()
    return count
  }
  expect(taken()).toBe(0)
  expect(slots.opensAt(now)).toBe(now + 20)
  let all = 0
  for (let i = 0; i < 10_000; i++, now++) all += taken()
  expect(all).toBe(499)
  now += 3_600_000
  expect(taken()).toBe(5)
  // Those of a while ago: what was not used is lost, and not given on top.
  now += 100
  expect(slots.open).toBe(true)
  now += 3_600_000
  expect(taken()).toBe(5)
  now -= 60_000
  expect(taken()).toBe(0)
  now += 20
  expect(taken()).toBe(1)
})

it('a slow rate goes by its unit', () => {
  let now = 0
  const slots = new RateSlots(
    1 / 3_600,
    0,
    () => 1,
    () => now,
  )
  expect(slots.open).toBe(false)
  expect(slots.opensAt(now)).toBe(3_600_000)
  now = 3_599_999
  expect(slots.open).toBe(false)
  now++
  // Who looked a moment ago, and found it closed, goes on at once; who looks now need not wait.
  expect(slots.opensAt(3_599_999)).toBe(3_600_000)
  expect(slots.opensAt(3_600_000)).toBe(Number.POSITIVE_INFINITY)
  expect(slots.open).toBe(true)
  slots.take()
  expect(slots.opensAt(now)).toBe(7_200_000)
})

it.each([
  ['5/h', 5 / 3_600, 3_600_000, 7],
  ['100/s', 100, 1_000, 111],
])('%s holds in every %s, whatever starts again and while partitions are added', (_, rate, unit, most) => {
  let now = 1_763_800_000_123
  let size = 1
  const open = (partition: number) =>
    new RateSlots(
      rate,
      partition,
      () => size,
      () => now,
    )
  const partitions = [open(0)]
  const taken: number[] = []
  for (let step = 0; step < 20_000; step++) {
    now += Math.ceil(unit / 1_000) * (step % 7)
    if (step % 2_000 === 1_999) partitions.push(open(size++))
    if (step % 611 === 0) partitions.forEach((_, partition) => (partitions[partition] = open(partition)))
    partitions.forEach((slots, partition) => {
      // Some have nothing for a while.
      if ((step >> 8) % 4 === partition % 4) return
      for (; slots.open; taken.push(now)) slots.take()
    })
  }
  let first = 0
  for (const [index, time] of taken.entries()) {
    while (taken[first]! <= time - unit) first++
    expect(index - first + 1).toBeLessThanOrEqual(most)
  }
  expect(taken.length).toBeGreaterThan(100)
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
  expect(seen()).toEqual([])
  expect(driver.status.inputs).toEqual([{ topic: 'orders', partition: 0, lag: 4, age: 3_000, paused: 'its rate' }])
  await driver.advance(99)
  expect(seen()).toEqual([])
  await driver.advance(1)
  expect(seen()).toEqual([0])
  await driver.advance(1_000)
  expect(seen()).toEqual([1, 2, 3])
  expect(driver.status.inputs[0]).toMatchObject({ lag: 0, age: undefined, paused: undefined })
  await driver.close()
})

it('the partitions of a topic share its rate', async () => {
  const app = pipeline('shared-rate')
  app.stream(orders, { rate: '10/s' }).to(calm)
  const driver = await testDriver(app, { now: 0, partitions: 2 })
  for (let n = 0; n < 12; n++) await driver.input(orders).send(`k${n}`, { n }, { partition: n % 2 })
  expect(driver.output(calm).read()).toHaveLength(0)
  await driver.advance(400)
  expect(driver.output(calm).read()).toHaveLength(4)
  await driver.close()
})

it('a start gives no record on top of the rate', async () => {
  const app = pipeline('started-again')
  app.stream(orders, { rate: '5/h' }).to(calm)
  const driver = await testDriver(app, { now: 0, partitions: 10 })
  for (let n = 0; n < 30; n++) await driver.input(orders).send(`k${n}`, { n }, { partition: n % 10 })
  for (let i = 0; i < 6; i++) {
    await driver.restart()
    await driver.advance('10m')
  }
  expect(driver.output(calm).read()).toHaveLength(5)
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
