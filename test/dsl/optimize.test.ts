import { describe, expect, it } from 'vitest'
import { int32, json, long, pipeline, type TableOptions } from '../../dsl/index.js'
import { customers, namesOf, nodeOf, orders, out, placesOf, refunds } from './pipelines.js'

describe('repartitions', () => {
  it('of one re-keyed stream are shared by its aggregates, under the first name', () => {
    const p = pipeline('app', { value: json() })
    const byCustomer = p.stream(orders).selectKey(order => order.customer)
    byCustomer.groupByKey().count({ as: 'number' })
    byCustomer.groupByKey().reduce((a, b) => (a.price > b.price ? a : b), { as: 'highest' })
    byCustomer.toTable({ as: 'latest' })
    expect(placesOf(p)).toEqual({
      stores: ['number', 'highest', 'latest'],
      repartitions: ['app-number-repartition'],
    })
    expect(nodeOf(p, 'highest.reduce')).toMatchObject({ parents: ['number-repartition'] })
  })

  it('by one function are shared, with the function called once', () => {
    const p = pipeline('app')
    const customer = (order: { customer: string }) => order.customer
    p.stream(orders).groupBy(customer).count({ as: 'number' })
    p.stream(orders)
      .copy()
      .groupBy(customer)
      .reduce(a => a, { as: 'first' })
    expect(placesOf(p).repartitions).toEqual(['app-number-repartition'])
    expect(namesOf(p).filter(name => name.includes('groupBy'))).toEqual(['orders.groupBy'])
  })

  it('of one grouping are shared', () => {
    const p = pipeline('app')
    const grouped = p.stream(orders).groupBy(order => order.customer, { as: 'by-customer' })
    grouped.count({ as: 'number' })
    grouped.reduce(a => a, { as: 'first' })
    expect(placesOf(p).repartitions).toEqual(['app-by-customer-repartition'])
  })

  it('of a grouped table are shared, with its pairs made once', () => {
    const p = pipeline('app', { value: json() })
    const byCountry = p.table(customers).groupBy((customer, id) => [customer.country, id])
    byCountry.count({ as: 'number' })
    byCountry.reduce(
      a => a,
      a => a,
      { as: 'any' },
    )
    expect(placesOf(p)).toEqual({ stores: ['customers', 'number', 'any'], repartitions: ['app-number-repartition'] })
    expect(nodeOf(p, 'number-repartition')).toMatchObject({ value: { name: 'change(json)' } })
  })

  it.each<[string, (p: ReturnType<typeof pipeline>) => void, number]>([
    [
      'other serdes',
      p => {
        const keyed = p.stream(orders).selectKey(order => order.price)
        keyed.groupByKey({ key: long }).count({ as: 'a' })
        keyed.groupByKey({ key: int32 }).count({ as: 'b' })
      },
      2,
    ],
    [
      'a name of its own',
      p => {
        const keyed = p.stream(orders).selectKey(order => order.id)
        keyed.groupByKey().count({ as: 'a' })
        keyed.groupByKey({ as: 'mine' }).count({ as: 'b' })
      },
      2,
    ],
    [
      'another function',
      p => {
        p.stream(orders)
          .groupBy(order => order.id)
          .count({ as: 'a' })
        p.stream(orders)
          .groupBy(order => order.id)
          .count({ as: 'b' })
      },
      2,
    ],
    [
      'fewer records',
      p => {
        const keyed = p.stream(orders).selectKey(order => order.id)
        keyed.groupByKey().count({ as: 'a' })
        keyed
          .filter(order => order.price > 1)
          .groupByKey()
          .count({ as: 'b' })
      },
      2,
    ],
    [
      'other dead letters',
      p => {
        const keyed = p
          .stream(orders)
          .skip()
          .selectKey(order => order.id)
        keyed.groupByKey().count({ as: 'a' })
        keyed.groupByKey().count({ as: 'b' }).toStream().deadLetter('bad').to(out)
      },
      2,
    ],
  ])('of one stream with %s', (_, write, topics) => {
    const p = pipeline('app')
    write(p)
    expect(placesOf(p).repartitions).toHaveLength(topics)
  })

  it('are not made where the stream is partitioned by its key', () => {
    const p = pipeline('app')
    p.stream(orders).groupByKey().count({ as: 'a' })
    p.stream(orders).toTable({ as: 'b' })
    p.stream(refunds)
      .shard({ by: order => order.id, shards: 4 })
      .filter(order => order.price > 1)
      .groupByKey()
      .count({ as: 'c' })
    expect(placesOf(p).repartitions).toEqual(['app-refunds-shard-repartition'])
    expect(p.lower().repartitions).toMatchObject([{ partitions: 4, partitioner: 'rendezvous' }])
  })

  it('of what a repartition has brought together already are left out', () => {
    const p = pipeline('app')
    const once = p.stream(orders).repartition()
    once
      .filter(order => order.price > 1)
      .repartition()
      .to(out)
    once
      .groupByKey()
      .count()
      .toStream()
      .map(() => 1)
      .repartition({ value: long })
      .to(out)
    expect(placesOf(p).repartitions).toEqual(['app-orders-repartition'])
  })

  it('that the user may need stay: of a source, after a new key, with partitions or a name', () => {
    const p = pipeline('app')
    const first = p.stream(orders).repartition()
    first
      .selectKey(order => order.id)
      .repartition({ as: 'a' })
      .to(out)
    first.repartition({ partitions: 7, as: 'b' }).to(out)
    first.merge(p.stream(refunds)).repartition({ as: 'c' }).to(out)
    expect(placesOf(p).repartitions).toEqual([
      'app-orders-repartition',
      'app-a-repartition',
      'app-b-repartition',
      'app-c-repartition',
    ])
  })
})

describe('what does nothing at run time', () => {
  it('leaves no operator behind', () => {
    const p = pipeline('app')
    const [first, second] = p.stream(orders).copy().merge().skip().copy(2)
    first.deadLetter('bad').to(out)
    second.to(out)
    expect(namesOf(p)).toEqual(['orders', 'orders.stream', 'orders-0.to', 'orders-1.to'])
  })
})

describe('tables', () => {
  const storeOf = (options: TableOptions<string, { country: string }>) => {
    const p = pipeline('app')
    p.table(customers, options)
    const { changelog, rowsOf } = p.lower().stores[0]!
    return { changelog, rowsOf }
  }
  const sameBytes = { name: 'c', key: customers.key, value: json<{ country: string }>() }
  const otherBytes = { ...sameBytes, value: { ...json<{ country: string }>() } }

  it('have a changelog of their own, and know whether their topic has the same bytes', () => {
    const same = { changelog: true, rowsOf: { topic: 'customers', asTheyAre: true } }
    const other = { changelog: true, rowsOf: { topic: 'customers', asTheyAre: false } }
    expect(storeOf({ as: 'c' })).toEqual(same)
    expect(storeOf({ as: sameBytes })).toEqual(same)
    expect(storeOf({ as: otherBytes })).toEqual(other)
    expect(storeOf({ as: 'c', history: '1h' })).toEqual(other)
    expect(storeOf({ as: 'c', changelog: false })).toMatchObject({ changelog: false })
  })

  it('have their topic for it where that is asked for, and has the same bytes', () => {
    expect(storeOf({ as: 'c', changelog: 'topic' })).toEqual({ changelog: { source: 'customers' } })
    expect(storeOf({ as: sameBytes, changelog: 'topic' })).toEqual({ changelog: { source: 'customers' } })
  })

  it.each([
    ['other bytes', { as: otherBytes }, 'with serdes of its own'],
    ['a history', { as: 'c', history: '1h' }, 'history'],
  ] as const)('with %s cannot have their topic for it', (_, options, what) => {
    expect(() => storeOf({ ...options, changelog: 'topic' })).toThrow(
      expect.objectContaining({
        code: 'BAD_ARGUMENT',
        message: expect.stringContaining(what) as unknown,
        hint: expect.stringContaining('leave') as unknown,
      }),
    )
  })

  it('have no store where nobody looks into them', () => {
    const p = pipeline('app')
    p.table(customers).toStream().to(out)
    expect(p.lower().stores).toEqual([])
    expect(nodeOf(p, 'customers.table')).toMatchObject({ uses: { key: false, value: false, passesKey: true } })
  })

  it('that are derived are looked up through the store above them', () => {
    const p = pipeline('app')
    const home = p
      .table(customers)
      .filter(customer => customer.country === 'NO')
      .map(customer => customer.country)
    p.stream(orders)
      .join(home, (order, country) => ({ ...order, country }))
      .to(out)
    expect(placesOf(p).stores).toEqual(['customers'])
    expect(nodeOf(p, 'orders.join')).toMatchObject({ stores: ['customers'], parents: ['orders.stream'] })
  })

  it('that are named are kept', () => {
    const p = pipeline('app')
    const home = p.table(customers).filter(customer => customer.country === 'NO', { as: 'home' })
    p.stream(orders)
      .join(home, order => order)
      .to(out)
    expect(placesOf(p).stores).toEqual(['home'])
  })

  it('that are grouped know their old values', () => {
    const p = pipeline('app', { value: json() })
    p.table(customers)
      .filter(customer => customer.country !== '')
      .groupBy((customer, id) => [customer.country, id])
      .count({ as: 'number' })
    expect(placesOf(p).stores).toEqual(['customers', 'number'])
  })
})
