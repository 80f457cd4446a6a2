import { describe, expect, it } from 'vitest'
import { json, long, pipeline, type Pipeline } from '../../../dsl/index.js'
import { storeOf } from '../../../src/operators/table-view.js'
import { counts, customers, nodeOf, orders, out, placesOf, refunds } from '../pipelines.js'

/** Who follows whom, and in which store they look. */
function edges(p: Pipeline): string[] {
  return p.lower().nodes.flatMap(node => {
    if (node.kind === 'source') return [`${String(node.topics)} ⇒ ${node.name}`]
    const stores = node.kind === 'operator' && node.stores.length > 0 ? ` [${node.stores.join(', ')}]` : ''
    const to = node.kind === 'sink' ? ` ⇒ ${typeof node.topic === 'string' ? node.topic : 'any'}` : ''
    return [`${node.parents.join(' + ')} → ${node.name}${stores}${to}`]
  })
}

describe('lowering', () => {
  it('copies, splits, shards and merges', () => {
    const p = pipeline('app')
    const stream = p.stream(orders)
    stream
      .copy()
      .filter(order => order.price > 1)
      .shard({ by: order => order.customer, shards: 3 })
      .merge()
      .to(out)
    const { big, rest } = stream.split({ big: order => order.price > 100, small: order => order.price < 10 })
    big.merge(rest).to(out)
    stream
      .copy({ a: each => each.filter(order => order.price > 1), b: each => each })
      .map(order => order.id)
      .merge()
      .to(out)
    expect(edges(p)).toEqual([
      'orders ⇒ orders',
      'orders → orders.stream',
      'orders.stream → orders.filter',
      'orders.filter → orders.shard',
      'orders.shard → orders-shard-repartition.sink ⇒ app-orders-shard-repartition',
      'app-orders-shard-repartition ⇒ orders-shard-repartition',
      'orders-shard-repartition → orders-shard.to ⇒ out',
      'orders.stream → orders.split',
      'orders.split.big + orders.split.rest → orders.merge',
      'orders.merge → orders.to ⇒ out',
      'orders.stream → orders-a.filter',
      'orders-a.filter → orders-a.map',
      'orders.stream → orders-b.map',
      'orders-a.map + orders-b.map → orders.merge#2',
      'orders.merge#2 → orders.to#2 ⇒ out',
    ])
    expect(nodeOf(p, 'orders.split')).toMatchObject({
      kind: 'split',
      outputs: ['orders.split.big', 'orders.split.small', 'orders.split.rest'],
      uses: { key: false, value: true, passesKey: true, passesValue: true },
    })
  })

  it('merges a stream with itself: each record twice', () => {
    const p = pipeline('app')
    p.stream(orders).copy(2).merge().to(out)
    expect(nodeOf(p, 'orders.merge')).toMatchObject({ parents: ['orders.stream', 'orders.stream'] })
  })

  it('joins two tables by two operators and the place where they meet', () => {
    const p = pipeline('app', { value: json() })
    const joined = p.table(orders).leftJoin(
      p.table(customers).map(customer => customer.country),
      (order, country) => ({ order, country }),
      { as: 'joined' },
    )
    p.stream(refunds)
      .join(joined, refund => refund)
      .to(out)
    expect(edges(p)).toEqual([
      'orders ⇒ orders',
      'orders → orders.table [orders]',
      'customers ⇒ customers',
      'customers → customers.table [customers]',
      'customers.table → customers.map',
      'orders.table → joined.leftJoin.left [customers]',
      'customers.map → joined.leftJoin.right [orders]',
      'joined.leftJoin.left + joined.leftJoin.right → joined.leftJoin [joined]',
      'refunds ⇒ refunds',
      'refunds → refunds.stream',
      'refunds.stream → refunds.join [joined]',
      'refunds.join → refunds.to ⇒ out',
    ])
    expect(p.lower().copartitions.map(({ topics, operator }) => [operator, topics])).toEqual([
      ['joined.leftJoin', ['orders', 'customers']],
      ['refunds.join', ['refunds', 'orders', 'customers']],
    ])
  })

  it('groups a table by its changes', () => {
    const p = pipeline('app')
    p.table(customers)
      .groupBy((customer, id) => [customer.country, id.length], { value: long })
      .aggregate(
        () => 0,
        (sum, n) => sum + n,
        (sum, n) => sum - n,
        { as: 'sums', value: long },
      )
    expect(edges(p)).toEqual([
      'customers ⇒ customers',
      'customers → customers.table [customers]',
      'customers.table → customers.groupBy',
      'customers.groupBy → sums-repartition.sink ⇒ app-sums-repartition',
      'app-sums-repartition ⇒ sums-repartition',
      'sums-repartition → sums.aggregate [sums]',
    ])
  })

  it('makes a table of a re-keyed stream through a topic', () => {
    const p = pipeline('app')
    const latest = p
      .stream(orders)
      .selectKey(order => order.customer)
      .toTable()
    p.stream(refunds)
      .leftJoin(latest, refund => refund)
      .to(out)
    expect(placesOf(p)).toEqual({ stores: ['orders-table'], repartitions: ['app-orders-table-repartition'] })
    expect(p.lower().copartitions).toMatchObject([{ topics: ['refunds', 'app-orders-table-repartition'] }])
  })

  it('writes to the topic that a function chooses, with that topic’s serdes', () => {
    const p = pipeline('app')
    p.stream(orders).to(order => (order.price > 1 ? out : refunds), { partitioner: (_key, order) => order.price })
    expect(edges(p).slice(2)).toEqual(['orders.stream → orders.to.choose', 'orders.to.choose → orders.to ⇒ any'])
    const sink = nodeOf(p, 'orders.to')
    if (sink.kind !== 'sink' || typeof sink.partitioner !== 'function') throw new Error('no sink')
    const order = { id: 'x', customer: 'c', price: 7 }
    const record = { sink: out, key: 'k', value: order }
    expect((sink.topic as (value: unknown, key: unknown) => string)(record, null)).toBe('out')
    expect(sink.partitioner(record, record, 9, null)).toBe(7)
    expect(Buffer.from(sink.value.serialize(record)).toString()).toBe(JSON.stringify(order))
  })

  it('reads on from where it wrote', () => {
    const p = pipeline('app')
    p.stream(orders)
      .map(() => 1)
      .through(counts)
      .groupByKey()
      .count({ as: 'n' })
    expect(edges(p).slice(2)).toEqual([
      'orders.stream → orders.map',
      'orders.map → orders.to ⇒ counts',
      'counts ⇒ counts',
      'counts → counts.stream',
      'counts.stream → n.count [n]',
    ])
  })

  it('knows what callbacks look at', () => {
    const p = pipeline('app')
    p.stream(orders)
      .filter(() => true)
      .filter(order => order.price > 1)
      .peek((_order, key) => void key)
      .selectKey(order => order.id)
      .to(out)
    p.stream(customers)
      .map((...all) => all.length)
      .to(out)
    const uses = (name: string) => {
      const node = nodeOf(p, name)
      return 'uses' in node ? node.uses : undefined
    }
    expect(uses('orders.stream')).toEqual({ key: false, value: false, passesKey: true, passesValue: true })
    expect(uses('orders.filter')).toEqual({ key: false, value: false, passesKey: true, passesValue: true })
    expect(uses('orders.filter#2')).toEqual({ key: false, value: true, passesKey: true, passesValue: true })
    expect(uses('orders.peek')).toEqual({ key: true, value: true, mayChange: true, passesKey: true, passesValue: true })
    expect(uses('orders.selectKey')).toEqual({ key: false, value: true, passesKey: false, passesValue: true })
    expect(uses('customers.map')).toEqual({ key: true, value: true, passesKey: true, passesValue: false })
  })

  it('keeps what was said of stores', () => {
    const p = pipeline('app')
    p.stream(orders).groupByKey().count({ as: 'a', cache: false, changelog: false, in: 'memory' })
    p.table(customers, { as: 'b', changelog: 'topic' })
    expect(p.lower().stores.map(({ name, cache, changelog, in: where }) => [name, cache, changelog, where])).toEqual([
      ['a', false, false, 'memory'],
      ['b', true, { source: 'customers' }, 'disk'],
    ])
  })

  it('looks through derived tables at the store below', () => {
    const view = { of: { of: 'store', map: String }, filter: Boolean, not: false }
    expect(storeOf(view)).toBe('store')
  })
})
