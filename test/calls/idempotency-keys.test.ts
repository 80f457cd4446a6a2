import { expect, test } from 'vitest'
import { json, pipeline, string, topic, type Pipeline, type Stream } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'

const orders = topic('orders', { key: string, value: json<string[]>() })
const rates = topic('rates', { key: string, value: json<string>() })

/** Two ways from each item to the effect, of which one has a longer path. */
function twoWays(keys: Map<string, string>, broken: () => boolean = () => false): Pipeline {
  const app = pipeline('shop', { value: json() })
  const items = app.stream(orders).flatMap(items => items)
  items
    .merge(items.map(item => `insured ${item}`))
    .effect('pay', (item, { idempotencyKey }) => {
      if (broken()) throw new Error('503')
      keys.set(item, idempotencyKey)
    })
    .retry({ attempts: 3, backoff: '10s' })
  return app
}

test('what comes of one record by ways of different length has a key each', async () => {
  const keys = new Map<string, string>()
  const driver = await testDriver(twoWays(keys), { now: 0 })
  await driver.input(orders).send('k', ['x1', 'x2', 'x3'])
  await driver.close()
  expect([...keys.keys()].toSorted()).toEqual(['insured x1', 'insured x2', 'insured x3', 'x1', 'x2', 'x3'])
  expect(new Set(keys.values()).size).toBe(6)
  expect(keys.get('x1')).toBe('shop:pay:orders:0:0:orders.flatMap:0.flatMap:0.0.0')
  expect(keys.get('x3')).toBe('shop:pay:orders:0:0:orders.flatMap:0.flatMap:2.0.0')
})

test('the keys are the same behind a failure and a restart', async () => {
  const keysAfter = async (isBroken: boolean): Promise<Map<string, string>> => {
    const keys = new Map<string, string>()
    let broken = isBroken
    const driver = await testDriver(
      twoWays(keys, () => broken),
      { now: 0 },
    )
    await driver.input(orders).send('k', ['x1', 'x2'])
    broken = false
    if (isBroken) await driver.restart()
    await driver.input(orders).send('k', ['x3', 'x4'])
    await driver.advance('1m')
    await driver.close()
    return keys
  }
  const calm = await keysAfter(false)
  expect(new Set(calm.values()).size).toBe(8)
  expect(await keysAfter(true)).toEqual(calm)
})

test('a record that was held back, and goes on between two of another, disturbs no count', async () => {
  const keys = new Map<string, string>()
  const app = pipeline('shop', { value: json() })
  const table = app.table(rates, { as: 'rates', history: '1h' })
  const items = app.stream(orders).flatMap(items => items)
  const plain = items.map(item => `plain ${item}`)
  const rated = items.join(table, item => `rated ${item}`, { grace: '10s' })
  plain.merge(rated).effect('pay', (item, { idempotencyKey }) => void keys.set(item, idempotencyKey))
  const driver = await testDriver(app, { now: 0 })
  await driver.input(rates).send('k', 'r', { timestamp: 0 })
  await driver.input(orders).send('k', ['h1', 'h2'], { timestamp: 1_000 })
  await driver.input(orders).send('k', ['x1', 'x2'], { timestamp: 60_000 })
  await driver.input(orders).send('k', ['y1', 'y2'], { timestamp: 120_000 })
  await driver.close()
  expect(keys.size).toBe(10)
  expect(new Set(keys.values()).size).toBe(10)
  expect(keys.get('plain y2')).toBe('shop:pay:orders:0:2:flatMap:1.0.0')
})

const replayed = { 'sluice.origin': 'orders/0/0', 'sluice.attempt': '2' }

test.each<[string, (orders: Stream<string, string[], 'keyed'>, app: Pipeline) => Stream<string, string[]>]>([
  ['deliverAt', stream => stream.deliverAt(() => 60_000)],
  [
    'a join with a grace',
    (stream, app) =>
      stream.leftJoin(app.table(rates, { as: 'rates', history: '1d' }), items => items, { grace: '10s' }),
  ],
])('a replay has the key of the record that had to wait: %s', async (_, held) => {
  const keys: string[] = []
  const app = pipeline('shop', { value: json() })
  held(app.stream(orders), app).effect('pay', (_items, { idempotencyKey }) => void keys.push(idempotencyKey))
  await using driver = await testDriver(app, { now: 0 })
  await driver.input(orders).send('k', ['x'], { timestamp: 1_000 })
  expect(keys).toEqual([])
  await driver.input(orders).send('other', ['y'], { timestamp: 90_000 })
  await driver.advance('2m')
  const [first] = keys
  await driver.input(orders).send('k', ['x'], { timestamp: 1_000, headers: replayed })
  await driver.advance('2m')
  expect(keys.filter(key => key === first)).toHaveLength(2)
})

type Steps = (orders: Stream<string, string[], 'keyed'>, check: (item: string) => string) => Stream<string, string, any>

test.each<[string, Steps]>([
  ['flatMap', (stream, check) => stream.flatMap(items => items).map(check)],
  [
    'mapRecord',
    (stream, check) => stream.mapRecord(({ value }) => value.map(item => ({ key: item, value: item }))).map(check),
  ],
  [
    'process',
    (stream, check) =>
      stream.process<string, string>(context => items => items.forEach(item => context.forward(item, item))).map(check),
  ],
  [
    'copy and merge',
    (stream, check) =>
      stream
        .copy({ a: one => one.map(items => check(items[0]!)), b: one => one.map(items => items[1]!) })
        .merge()
        .merge(stream.map(items => items[2]!)),
  ],
])('where a part of a record failed, a replay has the keys of before for the others: %s', async (_, steps) => {
  const keys = new Map<string, Set<string>>()
  let isBroken = true
  const app = pipeline('shop', { value: json() })
  steps(app.stream(orders), item => {
    if (isBroken && item === 'x1') throw new Error('not this one')
    return item
  })
    .deadLetter('failed')
    .effect('pay', (item, { idempotencyKey }) => void keys.set(item, (keys.get(item) ?? new Set()).add(idempotencyKey)))
  await using driver = await testDriver(app, { now: 0 })
  await driver.input(orders).send('k', ['x1', 'x2', 'x3'])
  expect([...keys.keys()]).toEqual(['x2', 'x3'])
  isBroken = false
  await driver.input(orders).send('k', ['x1', 'x2', 'x3'], { headers: replayed })
  expect([...keys.values()].map(({ size }) => size)).toEqual([1, 1, 1])
  expect(new Set([...keys.values()].flatMap(found => [...found])).size).toBe(3)
})
