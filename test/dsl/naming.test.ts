import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { json, pipeline, type Pipeline, type Stream, type Table } from '../../dsl/index.js'
import { counts, customers, errorOf, orders, out, placesOf, refunds, type Order } from './pipelines.js'

type Orders = Stream<string, Order, 'keyed'>
type Change = (stream: Orders) => Orders

/** Operators that keep nothing. */
const stateless: Record<string, Change> = {
  filter: stream => stream.filter(order => order.price > 1),
  filterNot: stream => stream.filterNot(order => order.price > 1),
  map: stream => stream.map(order => ({ ...order })),
  flatMap: stream => stream.flatMap(order => [order, order]),
  peek: stream => stream.peek(() => undefined),
  copy: stream => stream.copy(),
  merge: stream => stream.merge(),
  'merge of copies': stream => stream.copy(2).merge(),
  skip: stream => stream.skip(),
  'join of a table': stream => stream.leftJoin(customerTable(stream), order => order),
}

const tables = new WeakMap<object, Table<string, { country: string }>>()
function customerTable(stream: Orders): Table<string, { country: string }> {
  return tables.get(stream['~graph'])!
}

function build(above: readonly Change[], below: readonly Change[]): Pipeline {
  const p = pipeline('app', { value: json() })
  const table = p.table(customers)
  const source: Orders = p.stream(orders)
  tables.set(source['~graph'], table)
  const apply = (stream: Orders, changes: readonly Change[]) => changes.reduce((s, change) => change(s), stream)
  const first = apply(source, above)
  const regrouped: Orders = first
    .groupBy(order => order.customer)
    .reduce((a, b) => (a.price > b.price ? a : b))
    .toStream({ tombstones: false })
  const second = apply(regrouped, below)
  const { big, rest } = second.split({ big: order => order.price > 100 })
  apply(big, below).groupByKey().count().toStream().to(counts)
  rest
    .selectKey(order => order.id)
    .groupByKey()
    .count()
    .toStream()
    .to(counts)
  table.toStream().to(out)
  return p
}

describe('names of stores and topics', () => {
  it('are made of sources, branches and what keeps state above', () => {
    const { stores, repartitions } = placesOf(build([], []))
    expect(stores.filter(name => name !== 'customers')).toEqual([
      'orders-reduce',
      'orders-reduce-big-count',
      'orders-reduce-rest-count',
    ])
    expect(repartitions).toEqual(['app-orders-reduce-repartition', 'app-orders-reduce-rest-count-repartition'])
  })

  it('do not change when stateless operators are added', () => {
    const plain = placesOf(build([], []))
    const changes = fc.array(fc.constantFrom(...Object.keys(stateless)), { maxLength: 6 })
    fc.assert(
      fc.property(changes, changes, (above, below) => {
        const { stores, repartitions } = placesOf(
          build(
            above.map(name => stateless[name]!),
            below.map(name => stateless[name]!),
          ),
        )
        // The table has a store once it is joined; its name is its topic's.
        const kept = stores.filter(name => name !== 'customers')
        expect({ stores: kept, repartitions }).toEqual({
          stores: plain.stores.filter(name => name !== 'customers'),
          repartitions: plain.repartitions,
        })
      }),
      { numRuns: 60 },
    )
  })

  it('are given by as', () => {
    const p = pipeline('app')
    p.stream(orders)
      .groupBy(order => order.customer, { as: 'by-customer' })
      .count()
      .toStream()
      .to(counts)
    p.stream(orders)
      .shard({ by: order => order.id, shards: 4, as: 'by-id' })
      .groupByKey()
      .count({ as: 'per-id' })
    p.stream(refunds).repartition({ as: 'again' }).groupByKey().count().toStream().to(counts)
    expect(placesOf(p)).toEqual({
      stores: ['by-customer-count', 'per-id', 'again-count'],
      repartitions: ['app-by-customer-repartition', 'app-by-id-repartition', 'app-again-repartition'],
    })
  })

  it('of merges are what the branches have in common, or all of their sources', () => {
    const p = pipeline('app')
    p.stream(orders).copy(3).merge().groupByKey().count().toStream().to(counts)
    p.stream(orders).merge(p.stream(refunds)).groupByKey().count().toStream().to(counts)
    expect(placesOf(p).stores).toEqual(['orders-count', 'orders-refunds-count'])
  })

  it('of tables without a name are made when someone looks into them', () => {
    const p = pipeline('app', { value: json() })
    const spent = p
      .stream(orders)
      .groupByKey()
      .aggregate(
        () => 0,
        (sum, order) => sum + order.price,
      )
    const joined = spent.join(p.table(customers), (sum, { country }) => ({ sum, country }))
    joined
      .filter(row => row.sum > 1)
      .toStream()
      .to(out)
    expect(placesOf(p).stores).toEqual(['orders-aggregate', 'customers'])

    const q = pipeline('app', { value: json() })
    const left = q.table(orders).join(q.table(refunds), (a, b) => a.price - b.price)
    left
      .join(q.table(customers), (price, { country }) => ({ price, country }))
      .toStream()
      .to(out)
    expect(placesOf(q).stores).toEqual(['orders', 'refunds', 'orders-refunds-join', 'customers'])
  })

  it('of two effects are told apart by what they are called with', () => {
    const p = pipeline('app')
    p.stream(orders).effect('mail', () => 1)
    p.stream(refunds).effect('mail', () => 1)
    expect(errorOf(() => p.lower()).hint).toMatch(/naming\.test\.ts.*name one of them: effect\('another name', …\)$/)
  })

  it('that would be used twice are refused with both lines', () => {
    const p = pipeline('app')
    const stream = p.stream(orders)
    stream
      .groupBy(order => order.customer)
      .count()
      .toStream()
      .to(counts)
    stream
      .groupBy(order => order.id)
      .count()
      .toStream()
      .to(counts)
    const error = errorOf(() => p.lower())
    expect(error.code).toBe('BAD_TOPOLOGY')
    expect(error.what).toBe('two stores would have the name "orders-count"')
    expect(error.place.line).toMatch(/^test\/dsl\/naming\.test\.ts:\d+:\d+$/)
    expect(error.hint).toMatch(/^the other is made at test\/dsl\/naming\.test\.ts:\d+:\d+; name one of them: count\(/)
  })

  it('of repartitions that would be used twice are refused', () => {
    const p = pipeline('app')
    p.stream(orders).repartition().to(out)
    p.stream(orders)
      .filter(order => order.price > 1)
      .repartition()
      .to(out)
    expect(errorOf(() => p.lower()).message).toMatch(
      /two repartition topics would have the name "orders".*\n.*repartition\(/,
    )
  })

  it('are refused unless Kafka would take them', () => {
    const p = pipeline('app')
    const grouped = p.stream(orders).groupByKey()
    expect(errorOf(() => grouped.count({ as: 'per id' })).code).toBe('BAD_ARGUMENT')
    expect(errorOf(() => pipeline('my app')).code).toBe('BAD_ARGUMENT')
    expect(errorOf(() => p.stream(orders).repartition({ as: 'x/y' })).code).toBe('BAD_ARGUMENT')
  })
})
