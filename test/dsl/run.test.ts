import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { json, long, pipeline, string, topic, type Pipeline, type Topic } from '../../dsl/index.js'
import type { TestDriver } from '../../src/testing/index.js'
import { driven } from '../testing/driven.js'
import { counts, customers, orders, out, refunds, type Order } from './pipelines.js'

async function run(p: Pipeline, partitions = 1): Promise<TestDriver> {
  return driven(p, { partitions })
}

function order(id: string, customer: string, price: number): Order {
  return { id, customer, price }
}

const values = (driver: TestDriver, from: Topic<string, any> = out) =>
  driver
    .output(from)
    .read()
    .map(record => record.value)

describe('a pipeline that runs', () => {
  it('gives each record once through copy, filter, shard and merge', async () => {
    const p = pipeline('app')
    p.stream(orders)
      .copy()
      .filter(each => each.price > 1)
      .shard({ by: each => each.customer, shards: 3 })
      .merge()
      .to(out)
    const driver = await run(p, 2)
    for (let i = 0; i < 8; i++) await driver.input(orders).send(`k${i}`, order(`o${i}`, `c${i % 3}`, i))
    const records = driver.output(out).read()
    expect(records.map(({ key, value }) => [key, (value as Order).id]).toSorted()).toEqual(
      [2, 3, 4, 5, 6, 7].map(i => [`c${i % 3}`, `o${i}`]).toSorted(),
    )
  })

  it('drops nothing in a split', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 12 }), async prices => {
        const p = pipeline('app')
        const branches = p.stream(orders).split({ small: each => each.price < 10, even: each => each.price % 2 === 0 })
        branches.each((stream, name) => stream.map(each => `${name} ${each.price}`).to(out))
        const driver = await run(p)
        for (const [i, price] of prices.entries()) await driver.input(orders).send(`k${i}`, order('o', 'c', price))
        expect(values(driver).toSorted()).toEqual(
          prices.map(price => `${price < 10 ? 'small' : price % 2 === 0 ? 'even' : 'rest'} ${price}`).toSorted(),
        )
      }),
      { numRuns: 10 },
    )
  })

  it('aggregates through one shared topic', async () => {
    const p = pipeline('app')
    const byCustomer = p.stream(orders).groupBy(each => each.customer)
    byCustomer.count({ as: 'number' }).toStream().to(counts)
    byCustomer
      .reduce((a, b) => (a.price > b.price ? a : b), { as: 'highest' })
      .toStream()
      .to(out)
    byCustomer.aggregate(
      () => 0,
      (sum, each) => sum + each.price,
      { as: 'sum', value: long },
    )
    const driver = await run(p, 3)
    await driver.input(orders).send('1', order('a', 'x', 3), { timestamp: 5 })
    await driver.input(orders).send('2', order('b', 'y', 9), { timestamp: 2 })
    await driver.input(orders).send('3', order('c', 'x', 4), { timestamp: 1 })
    expect(p.lower().repartitions).toHaveLength(1)
    expect(driver.store('number').get('x')).toBe(2)
    expect(driver.store('sum').get('x')).toBe(7)
    expect(driver.store('highest').get('x')).toEqual(order('c', 'x', 4))
    expect(driver.store('number').timestampOf('x')).toBe(5)
    expect(values(driver, counts)).toEqual(expect.arrayContaining([1, 1, 2]))
  })

  it('keeps groups of a table right as rows move', async () => {
    const p = pipeline('app', { value: json() })
    p.table(customers)
      .filter(customer => customer.country !== 'none')
      .map(customer => customer.country)
      .groupBy((country, id) => [country, id])
      .aggregate(
        () => [] as string[],
        (ids, id) => [...ids, id].toSorted(),
        (ids, id) => ids.filter(each => each !== id),
        { as: 'by-country' },
      )
    const driver = await run(p)
    const send = (id: string, country: string | null) =>
      driver.input(customers).send(id, country === null ? null : { country })
    await send('a', 'NO')
    await send('b', 'NO')
    await send('c', 'SE')
    await send('a', 'SE')
    expect(await driver.store('by-country').all()).toEqual([
      ['NO', ['b']],
      ['SE', ['a', 'c']],
    ])
    await send('b', null)
    await send('c', 'none')
    expect(await driver.store('by-country').all()).toEqual([
      ['NO', []],
      ['SE', ['a']],
    ])
  })

  it('joins streams with derived tables, and tables with tables', async () => {
    const p = pipeline('app', { value: json() })
    const country = p.table(customers).map(customer => customer.country)
    p.stream(orders)
      .leftJoin(country, (each, home) => `${each.id} ${home}`)
      .to(out)
    p.table(refunds)
      .outerJoin(country, (refund, home) => `${refund?.id} ${home}`)
      .toStream()
      .to(topic('both', { key: string, value: out.value }))
    const driver = await run(p)
    await driver.input(orders).send('x', order('1', '', 0))
    await driver.input(customers).send('x', { country: 'NO' })
    await driver.input(orders).send('x', order('2', '', 0))
    await driver.input(refunds).send('x', order('r', '', 0))
    await driver.input(customers).send('x', null)
    expect(values(driver)).toEqual(['1 null', '2 NO'])
    expect(values(driver, topic('both', { key: string, value: out.value }))).toEqual(['undefined NO', 'r NO', 'r null'])
  })

  it('writes each record to the topic that was chosen', async () => {
    const p = pipeline('app')
    p.stream(counts, { tombstones: true })
      .through(counts2, { tombstones: true })
      .to(n => (n !== null && n > 1 ? counts3 : out))
    const driver = await run(p)
    await driver.input(counts).send('a', 1)
    await driver.input(counts).send('b', 2)
    await driver.input(counts).send('c', null)
    expect(
      driver
        .output(out)
        .read()
        .map(({ key, value }) => [key, value]),
    ).toEqual([
      ['a', 1],
      ['c', null],
    ])
    expect(values(driver, counts3)).toEqual([2])
  })

  it('reads on over a topic of its own choice of partitioner', async () => {
    const p = pipeline('app')
    p.stream(counts).to(counts2, { partitioner: (_key, n, partitions) => n % partitions })
    const driver = await run(p, 4)
    for (const n of [0, 1, 2, 3, 5]) await driver.input(counts).send('same', n)
    expect(values(driver, counts2)).toHaveLength(5)
  })
})

describe('null', () => {
  it('fails where the types promise a key or a value, with the line to write', async () => {
    const p = pipeline('app')
    p.stream(counts)
      .map((n, key) => `${key.length} ${n.toFixed()}`)
      .to(out)
    const noValue = await run(p)
    await expect(noValue.input(counts).send('k', null)).rejects.toThrow(
      /DESERIALIZE: the value of the record is null.*topic counts, partition 0, offset 0, operator counts\.stream, at test\/dsl\/run\.test\.ts.*\n.*tombstones: true/,
    )
    const noKey = await run(p)
    await expect(noKey.input(counts).send(null, 1)).rejects.toThrow(/NULL_KEY.*\n.*keyless: true/)
  })

  it('is skipped or put aside where that was asked for', async () => {
    const p = pipeline('app')
    p.stream(counts).deadLetter('bad').to(counts2)
    p.stream(refunds).skip().to(out)
    const driver = await run(p)
    await driver.input(counts).send('k', null)
    await driver.input(counts).send(null, 7)
    await driver.input(counts).send('k', 8)
    await driver.input(refunds).send(null, order('a', 'b', 1))
    expect(values(driver, counts2)).toEqual([8])
    expect(driver.output('bad').read()).toHaveLength(2)
    expect(values(driver)).toEqual([])
  })

  it('is delivered where it was asked for', async () => {
    const p = pipeline('app')
    p.stream(counts, { tombstones: true, keyless: true })
      .map((n, key) => `${key} ${n}`)
      .to(out)
    const driver = await run(p)
    await driver.input(counts).send('k', null)
    await driver.input(counts).send(null, 1)
    expect(values(driver)).toEqual(['k null', 'null 1'])
  })

  it('keys of no type that was promised: a key that is no string needs its serde', async () => {
    const p = pipeline('app')
    p.stream(counts)
      .selectKey(n => n as unknown as string)
      .groupByKey()
      .count({ as: 'n' })
    const driver = await run(p)
    await expect(driver.input(counts).send('k', 1)).rejects.toThrow(/SERIALIZE/)
  })
})

const counts2 = topic('counts-2', { key: string, value: long })
const counts3 = topic('counts-3', { key: string, value: long })
