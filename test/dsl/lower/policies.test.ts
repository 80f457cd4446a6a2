import { describe, expect, it } from 'vitest'
import { pipeline, string, topic, type Pipeline } from '../../../dsl/index.js'
import { counts, customers, errorOf, orders, out, refunds } from '../pipelines.js'

function policies(p: Pipeline): Record<string, string> {
  const { subTopologies } = p.describe().toJSON()
  return Object.fromEntries(subTopologies.flatMap(({ nodes }) => nodes.map(({ name, onFailure }) => [name, onFailure])))
}

describe('what happens to records that an operator cannot work on', () => {
  it('is to stop, unless the pipeline says otherwise', () => {
    const of = (change: (p: Pipeline) => unknown, options = {}) => {
      const p = pipeline('app', options)
      p.stream(orders).to(out)
      change(p)
      return policies(p)['orders']
    }
    expect(of(() => undefined)).toBe('stop')
    expect(of(() => undefined, { onError: 'skip' })).toBe('skip')
    expect(of(p => p.skip())).toBe('skip')
    expect(of(p => p.deadLetter('bad'))).toBe('dead-letter bad')
    expect(of(p => p.deadLetter(refunds))).toBe('dead-letter refunds')
  })

  it('are not dead letters that come back for ever', () => {
    const p = pipeline('app').deadLetter(orders)
    p.stream(orders)
      .map(order => order.id)
      .to(out)
    const error = errorOf(() => p.lower())
    expect(error.message).toMatch(/^BAD_TOPOLOGY: the dead letters of orders .*policies\.test\.ts/)
    const found = pipeline('app').deadLetter('orders-bad')
    found.stream(/^orders/, { key: string, value: string }).to(topic('all', { key: string, value: string }))
    expect(() => found.lower()).toThrow('the dead letters of orders-bad would go to orders-bad')
    const beside = pipeline('app').deadLetter('bad-orders')
    beside.stream(/^orders/, { key: string, value: string }).to(topic('all', { key: string, value: string }))
    expect(() => beside.lower()).not.toThrow()
    const both = pipeline('app').deadLetter(refunds)
    both.stream(orders).to(out)
    both.stream(refunds).to(out)
    expect(policies(both)['refunds']).toBe('dead-letter refunds')
  })

  it('is said for the operators above, back to the previous word or the source', () => {
    const p = pipeline('app').deadLetter('rest')
    p.stream(orders)
      .filter(order => order.price > 1)
      .skip()
      .filterNot(order => order.price > 100)
      .groupBy(order => order.customer)
      .count()
      .toStream()
      .deadLetter('counts-bad')
      .to(counts)
    expect(policies(p)).toEqual({
      orders: 'skip',
      'orders.stream': 'skip',
      'orders.filter': 'skip',
      'orders.filterNot': 'dead-letter counts-bad',
      'orders.groupBy': 'dead-letter counts-bad',
      'orders-count-repartition.sink': 'dead-letter counts-bad',
      'orders-count-repartition': 'dead-letter counts-bad',
      'orders-count.count': 'dead-letter counts-bad',
      'orders-count.toStream': 'dead-letter counts-bad',
      'orders-count.to': 'dead-letter rest',
    })
  })

  it('follows all streams of a merge, and the left side of a join', () => {
    const p = pipeline('app')
    p.stream(orders)
      .merge(p.stream(refunds))
      .join(p.table(customers), order => order)
      .skip()
      .to(out)
    expect(policies(p)).toMatchObject({
      orders: 'skip',
      refunds: 'skip',
      'orders-refunds.join': 'skip',
      customers: 'stop',
      'customers.table': 'stop',
      'orders-refunds.to': 'stop',
    })
  })

  it('cannot be two things for one operator', () => {
    const p = pipeline('app')
    const stream = p.stream(orders).filter(order => order.price > 1)
    stream
      .filter(order => order.price > 2)
      .skip()
      .to(out)
    stream.deadLetter('bad').to(out)
    const error = errorOf(() => p.lower())
    expect(error.code).toBe('BAD_TOPOLOGY')
    expect(error.what).toMatch(
      /^filter is covered by skip\(\) at test\/dsl\/.*:\d+:\d+ and by deadLetter\(\) at test\/dsl\/.*:\d+:\d+$/,
    )

    const q = pipeline('app')
    const same = q.stream(orders)
    same
      .filter(order => order.price > 2)
      .skip()
      .to(out)
    same.skip().to(out)
    expect(policies(q)['orders']).toBe('skip')
  })
})
