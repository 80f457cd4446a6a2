import { describe, expect, it } from 'vitest'
import {
  json,
  long,
  pipeline,
  session,
  store,
  string,
  topic,
  tumbling,
  type Pipeline,
  type Stream,
} from '../../dsl/index.js'
import { codeOf, counts, customers, errorOf, namesOf, nodeOf, orders, out, refunds, type Order } from './pipelines.js'

describe('a pipeline', () => {
  it('is sealed by lower, describe and start', () => {
    const p = pipeline('app')
    const stream = p.stream(orders)
    stream.to(out)
    expect(p.lower()).toBe(p.lower())
    const error = errorOf(() => stream.filter(() => true))
    expect(error.what).toBe('pipeline "app" is sealed since its first use')
    expect(error.place.line).toMatch(/pipeline\.test\.ts/)
    expect(codeOf(() => p.stream(refunds))).toBe('BAD_TOPOLOGY')
    expect(codeOf(() => p.skip())).toBe('BAD_TOPOLOGY')

    const q = pipeline('app')
    q.stream(orders).to(out)
    q.describe()
    expect(errorOf(() => q.table(customers)).what).toBe('pipeline "app" is sealed since describe()')
  })

  it('that reads nothing is refused', () => {
    expect(errorOf(() => pipeline('app').lower()).what).toBe('pipeline "app" reads no topic')
  })

  it('carries its module', () => {
    const p = pipeline('app', { module: import.meta.url })
    p.stream(orders).to(out)
    expect(p.lower().module).toBe(import.meta.url)
  })

  it('refuses options it does not know', () => {
    expect(codeOf(() => pipeline('app', { onError: 'retry' as never }))).toBe('BAD_ARGUMENT')
    expect(codeOf(() => pipeline('app', { value: {} as never }))).toBe('BAD_ARGUMENT')
  })
})

describe('a stream', () => {
  it('can be used any number of times, and is never changed', () => {
    const p = pipeline('app')
    const stream = p.stream(orders)
    const node = stream['~node']
    stream.filter(order => order.price > 1).to(out)
    stream.to(out)
    expect(stream['~node']).toBe(node)
    expect(Object.isFrozen(stream) && Object.isFrozen(node) && Object.isFrozen(node.parents)).toBe(true)
    expect(() => Object.assign(stream, { '~node': undefined })).toThrow(TypeError)
    expect(nodeOf(p, 'orders.to#2')).toMatchObject({ parents: ['orders.stream'] })
  })

  it('that ends in nothing is refused with its line', () => {
    const p = pipeline('app')
    p.stream(orders).to(out)
    p.stream(refunds).filter(order => order.price > 1)
    const error = errorOf(() => p.lower())
    expect(error).toMatchObject({ code: 'BAD_TOPOLOGY', what: 'a chain ends in nothing' })
    expect(error.place).toMatchObject({ operator: 'filter', line: expect.stringMatching(/pipeline\.test\.ts:\d+:\d+/) })
  })

  it.each<[string, (stream: Stream<string, Order, 'keyed'>) => unknown]>([
    ['stream', () => undefined],
    ['count', stream => stream.groupByKey().count()],
    ['groupBy', stream => stream.groupBy(order => order.id)],
    ['deadLetter', stream => stream.deadLetter('bad')],
    ['split', stream => stream.split({ big: order => order.price > 1 })],
    ['merge', stream => stream.merge(stream)],
  ])('that ends in %s is refused', (operator, use) => {
    const p = pipeline('app')
    use(p.stream(orders))
    expect(errorOf(() => p.lower()).place.operator).toBe(operator)
  })

  it.each<[string, (stream: Stream<string, Order, 'keyed'>) => unknown]>([
    ['groupByKey', stream => stream.groupByKey()],
    ['windowedBy', stream => stream.groupByKey().windowedBy(tumbling(5))],
    ['windowedBy', stream => stream.groupByKey().windowedBy(session(5))],
    ['cogroup', stream => stream.groupByKey().cogroup((n: number) => n + 1)],
    [
      'cogroup',
      stream =>
        stream
          .groupByKey()
          .cogroup((n: number) => n + 1)
          .cogroup(stream.groupByKey(), n => n),
    ],
    [
      'windowedBy',
      stream =>
        stream
          .groupByKey()
          .cogroup((n: number) => n + 1)
          .windowedBy(tumbling(5)),
    ],
    ['copy', stream => stream.copy(2)],
    ['copy', stream => stream.copy({ a: each => each, b: each => each })],
  ])('that ends in %s is refused beside another use of its stream', (operator, use) => {
    const p = pipeline('app', { value: json() })
    const stream = p.stream(orders)
    stream.to(out)
    const grouped = stream.groupByKey()
    grouped.count({ as: 'all' })
    grouped.windowedBy(tumbling(5)).count({ as: 'windows' })
    grouped.windowedBy(tumbling(5)).late().to(out)
    grouped.windowedBy(session(5)).count({ as: 'sessions' })
    const both = grouped.cogroup((n: number) => n + 1)
    both.aggregate(() => 0, { as: 'both' })
    both.windowedBy(tumbling(5)).aggregate(() => 0, { as: 'both-windows' })
    stream.copy(2)[0].to(out)
    const q = use(stream)
    const error = errorOf(() => p.lower())
    expect(q).toBeDefined()
    expect(error).toMatchObject({ code: 'BAD_TOPOLOGY', what: 'a chain ends in nothing' })
    expect(error.place).toMatchObject({ operator, line: expect.stringMatching(/pipeline\.test\.ts:\d+:\d+/) })
  })

  it('may end in forEach or in a name', () => {
    const p = pipeline('app')
    p.stream(orders).forEach(() => undefined)
    p.stream(orders).groupByKey().count({ as: 'per-customer' })
    p.table(customers, { as: 'customers' })
    expect(namesOf(p)).toContain('per-customer.count')
  })

  it('reads a topic once, whoever asks', () => {
    const p = pipeline('app')
    p.stream(orders).to(out)
    p.stream(orders)
      .filter(order => order.price > 1)
      .to(out)
    p.table(orders).toStream().to(out)
    expect(p.lower().nodes.filter(node => node.kind === 'source')).toHaveLength(1)
    expect(nodeOf(p, 'orders.table')).toMatchObject({ parents: ['orders'] })
    expect(nodeOf(p, 'orders.filter')).toMatchObject({ parents: ['orders.stream'] })
  })

  it.each([
    ['serdes', (p: ReturnType<typeof pipeline>) => p.stream(topic('orders', { key: string, value: long }))],
    ['from', (p: ReturnType<typeof pipeline>) => p.stream(orders, { from: 'latest' })],
    ['timestamp', (p: ReturnType<typeof pipeline>) => p.stream(orders, { timestamp: () => 0 })],
  ])('of one topic with other %s is refused with both lines', (what, use) => {
    const p = pipeline('app')
    p.stream(orders)
    const error = errorOf(() => use(p))
    expect(error.what).toBe(`topic orders is read twice, with different ${what}`)
    expect(error.hint).toMatch(/as at test\/dsl\/pipeline\.test\.ts:\d+/)
  })

  it('begins where it is told', () => {
    const p = pipeline('app')
    p.stream(orders, { from: '1h' }).to(out)
    p.stream(refunds, { from: new Date(7) }).to(out)
    p.stream(customers, { from: 'latest' }).to(out)
    p.stream(counts, { from: 5 }).to(out)
    p.stream(topic('texts', { key: string, value: string })).to(out)
    expect(p.lower().nodes.flatMap(node => (node.kind === 'source' ? [node.from] : []))).toEqual([
      { back: 3_600_000 },
      { time: 7 },
      'latest',
      { time: 5 },
      'earliest',
    ])
    expect(codeOf(() => pipeline('x').stream(orders, { from: 'tomorrow' as never }))).toBe('BAD_DURATION')
    expect(codeOf(() => pipeline('x').stream(orders, { from: -1 }))).toBe('BAD_ARGUMENT')
  })

  it('of several topics is the merge of each, which grouping makes meet', () => {
    const p = pipeline('app')
    p.stream([orders, refunds]).groupByKey().count({ as: 'both' })
    expect(namesOf(p)).toEqual([
      'orders',
      'orders.stream',
      'refunds',
      'refunds.stream',
      'orders-refunds.merge',
      'both.count',
    ])
    expect(p.lower().copartitions).toMatchObject([{ topics: ['orders', 'refunds'], operator: 'both.count' }])
  })

  it('of a pattern repartitions before it is grouped, and excludes the same topic by name', () => {
    const p = pipeline('app')
    p.stream(/^shop-/, orders)
      .groupByKey()
      .count({ as: 'all' })
    expect(nodeOf(p, 'shop')).toMatchObject({ topics: /^shop-/, kind: 'source' })
    expect(p.lower().repartitions).toMatchObject([{ topic: 'app-all-repartition' }])

    const q = pipeline('app')
    q.stream(orders).to(out)
    q.stream(/^ord/, refunds).to(out)
    expect(errorOf(() => q.lower()).what).toBe('topic orders is read by name and by /^ord/')

    const cast = pipeline('app')
    const stream = cast.stream(/^shop-/, orders) as Stream<string, Order, never>
    expect(errorOf(() => stream.join(cast.table(customers), order => order)).hint).toBe(
      'equal keys have to meet in one task: write .repartition() (or groupBy, shard) before join()',
    )
  })

  it('refuses to meet one of another pipeline', () => {
    const [p, q] = [pipeline('p'), pipeline('q')]
    expect(codeOf(() => p.stream(orders).merge(q.stream(refunds)))).toBe('BAD_TOPOLOGY')
    expect(codeOf(() => p.stream(orders).join(q.table(customers), order => order))).toBe('BAD_TOPOLOGY')
    expect(codeOf(() => p.table(orders).join(q.table(customers), order => order))).toBe('BAD_TOPOLOGY')
  })
})

describe('arguments', () => {
  const p = pipeline('app')
  const stream = p.stream(orders)
  it.each<[string, () => unknown]>([
    ['topic without serdes', () => topic('x', {} as never)],
    ['topic name', () => topic('a b', { key: string, value: string })],
    ['store without serdes', () => store('x', { key: string } as never)],
    ['stream of a name', () => p.stream('orders' as never)],
    ['no topics', () => p.stream([])],
    ['pattern without serdes', () => p.stream(/x/, undefined as never)],
    ['to nothing', () => stream.to(undefined!)],
    ['copies', () => stream.copy(0 as number)],
    ['no branches', () => stream.copy({})],
    ['reserved branch', () => stream.split({ merge: () => true } as never)],
    ['strange branch', () => stream.split({ 'a b': () => true })],
    ['predicate', () => stream.split({ a: true as never })],
    ['partitions', () => stream.repartition({ partitions: 1.5 })],
    ['shards', () => stream.shard({ by: order => order.id, shards: 0 })],
    ['reducer', () => stream.groupByKey().reduce(undefined!)],
    ['aggregator', () => stream.groupByKey().aggregate(() => 0, undefined!)],
    ['place of state', () => stream.groupByKey().count({ in: 'cloud' as never })],
    ['state without a name', () => p.table(customers).filter(() => true, { in: 'memory' })],
    ['dead letters', () => stream.deadLetter('')],
  ])('are checked: %s', (_, call) => {
    const error = errorOf(call)
    expect(error.code).toBe('BAD_ARGUMENT')
    expect(error.hint === undefined && _ !== 'copies').toBe(false)
  })
})

describe('serdes', () => {
  it('follow the stream until a type changes; then the line to write is named', () => {
    const p = pipeline('app')
    p.stream(orders)
      .map(order => order.price)
      .groupByKey()
      .reduce((a, b) => a + b, { as: 'sum' })
    const error = errorOf(() => p.lower())
    expect(error.code).toBe('NO_SERDE')
    expect(error.what).toMatch(
      /^nothing says how to write the values of store sum: map at .*pipeline\.test\.ts:\d+:\d+ gives values/,
    )
    expect(error.hint).toBe(
      'name it here: .reduce(…, { value: json() }), or give the pipeline a default: pipeline(id, { value: json() })',
    )

    const q = pipeline('app')
    q.stream(orders)
      .map(order => order.price)
      .groupBy(price => String(price))
      .count({ as: 'prices' })
    expect(errorOf(() => q.lower()).hint).toMatch(/\.groupBy\(…, \{ value: json\(\) \}\)/)
  })

  it('are the ones named at the operator, else the default of the pipeline', () => {
    const p = pipeline('app', { value: json() })
    const prices = p.stream(orders).map(order => order.price)
    prices.groupBy(price => String(price), { value: long, as: 'named' }).reduce((a, b) => a + b, { as: 'a' })
    prices.groupBy(price => price, { key: long, as: 'default' }).reduce((a, b) => a + b, { as: 'b' })
    const { serdes } = p.describe().toJSON()
    const at = (place: string) => serdes.filter(use => use.at === place).map(({ serde, why }) => `${serde}: ${why}`)
    expect(at('topic app-named-repartition')).toEqual([
      'string: the default for keys after groupBy',
      'long: groupBy({ value })',
    ])
    expect(at('store a')).toEqual(['string: the default for keys after groupBy', 'long: groupBy({ value })'])
    expect(at('topic app-default-repartition')).toEqual(['long: groupBy({ key })', 'json: pipeline({ value })'])
    expect(at('store b')).toEqual(['long: groupBy({ key })', 'json: pipeline({ value })'])
  })

  it('of a store handle serve for a reducer on its way as well', () => {
    const p = pipeline('app')
    p.stream(orders)
      .map(order => order.price)
      .groupBy(price => String(price))
      .reduce((a, b) => a + b, { as: store('sums', { key: string, value: long }) })
    expect(p.lower().stores).toMatchObject([{ name: 'sums', value: long }])
    expect(nodeOf(p, 'sums-repartition')).toMatchObject({ value: long })
  })

  it('are asked for where an option takes them', () => {
    const hint = (write: (p: Pipeline) => void): string => {
      const p = pipeline('app')
      write(p)
      return errorOf(() => p.lower()).hint!
    }
    const rows = (p: Pipeline, name: string) => p.table(topic(name, { key: string, value: json<number>() }))
    const made = 'name it here: .map(…, { value: json() }), or'
    expect(
      hint(p =>
        rows(p, 'a')
          .map(String)
          .suppress({ until: 5 })
          .toStream()
          .forEach(() => {}),
      ),
    ).toContain(made)
    const on = (): string => 'x'
    const both = (): number => 1
    expect(hint(p => rows(p, 'a').map(String).join(rows(p, 'b'), both, { on, as: 'c' }))).toContain(made)
    expect(
      hint(p =>
        rows(p, 'a').join(
          rows(p, 'b')
            .map(String)
            .filter(() => true),
          both,
          { on, as: 'c' },
        ),
      ),
    ).toContain(made)
    expect(
      hint(p =>
        p
          .stream(orders)
          .groupByKey()
          .cogroup((sum: number) => sum)
          .aggregate(() => 0, { as: 'c' }),
      ),
    ).toContain('.aggregate(…, { value: json() })')
    const others = topic('others', { key: { ...string }, value: json<Order>() })
    const meet = /^where both write alike, use one serde for both; otherwise write \.repartition\(\{ key: … \}\)/
    expect(hint(p => p.stream(orders).merge(p.stream(others)).groupByKey().count({ as: 'c' }))).toMatch(meet)
    expect(
      hint(p =>
        p
          .stream(orders)
          .merge(p.stream(others))
          .repartition()
          .forEach(() => {}),
      ),
    ).toBe('name it here: .repartition({ key: … })')
  })

  it('that differ between merged streams are nobody’s', () => {
    const p = pipeline('app')
    const other = p.stream(topic('others', { key: string, value: long }))
    p.stream(orders).merge(other).groupBy(String).count({ as: 'x' })
    expect(errorOf(() => p.lower()).what).toMatch(
      /merge\(\) brings together values with different serdes \(json and long\)/,
    )
  })
})
