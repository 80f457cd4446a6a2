import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as sluice from '../dsl/index.js'
import { SluiceError } from '../src/errors.js'
import { checkKnown } from '../src/known-options.js'
import * as testing from '../src/testing/index.js'

// As JavaScript sees it: nothing is refused by types.
const { avro, embedded, exponential, hopping, int32, json, kafka, long, memory, merge, pipeline, readRecords } =
  sluice as any
const { session, sessionStore, sliding, store, string, topic, tumbling, unlimited, versionedStore, windowStore } =
  sluice as any
const { marbles, mockContext, testDriver } = testing as any

const serdes = { key: string, value: json() }
const orders = topic('orders', serdes)
const begin = () => pipeline('p', { value: json() })
const stream = () => begin().stream(orders)
const rekeyed = () => stream().selectKey((value: any) => value.id)
const table = () => begin().table(orders)
const grouped = () => stream().groupByKey()
const one = () => 1
const x = { nonsense: 1 }

/** Each with the options that it needs, and one that nobody knows. */
const calls: Readonly<Record<string, () => unknown>> = {
  pipeline: () => pipeline('p', x),
  stream: () => begin().stream(orders, x),
  'stream of several': () => begin().stream([orders, topic('o', serdes)], x),
  'stream of a pattern': () => begin().stream(/o/, { ...serdes, ...x }),
  'stream({ priority })': () => begin().stream(orders, { priority: { weight: 1, ...x } }),
  table: () => begin().table(orders, x),
  globalTable: () => begin().globalTable(orders, x),
  every: () => begin().every('* * * * *', x),
  addStore: () => begin().addStore(store('s', serdes), x),
  'retry of a pipeline': () => begin().retry({ attempts: 2, ...x }),
  topic: () => topic('t', { ...serdes, ...x }),
  store: () => store('s', { ...serdes, ...x }),
  versionedStore: () => versionedStore('s', { ...serdes, history: 1, ...x }),
  windowStore: () => windowStore('s', { ...serdes, size: 1, retention: 1, ...x }),
  sessionStore: () => sessionStore('s', { ...serdes, retention: 1, ...x }),
  tumbling: () => tumbling('1m', x),
  hopping: () => hopping('1m', '1m', x),
  sliding: () => sliding('1m', x),
  session: () => session('1m', x),
  unlimited: () => unlimited(x),
  exponential: () => exponential('1m', x),
  copy: () => stream().copy({ race: 2, ...x }),
  split: () => stream().split({ a: one }, x),
  merge: () => {
    const s = stream()
    s.merge(s, { fair: true, ...x })
  },
  'merge of branches': () => stream().copy(2).merge(x),
  shard: () => stream().shard({ by: one, key: long, ...x }),
  process: () => stream().process(() => one, x),
  processValues: () => stream().processValues(() => one, x),
  dedupe: () => stream().dedupe({ within: 1, ...x }),
  delay: () => stream().delay(1, x),
  deliverAt: () => stream().deliverAt(one, x),
  to: () => stream().to(orders, x),
  'to of branches': () => stream().copy(2).to(orders, x),
  through: () => stream().through(orders, x),
  repartition: () => rekeyed().repartition(x),
  groupByKey: () => stream().groupByKey(x),
  groupBy: () => stream().groupBy(one, x),
  toTable: () => stream().toTable(x),
  mapAsync: () => stream().mapAsync(one, x),
  'mapAsync of a race': () => stream().copy({ race: 2 }).mapAsync(one, x),
  'mapAsync({ hedge })': () => stream().mapAsync(one, { hedge: { after: 1, ...x } }),
  'mapAsync({ buffer })': () => stream().mapAsync(one, { buffer: x }),
  effect: () => stream().effect('e', one, x),
  'effect with an order': () => stream().effect('e', one, { nonsense: 'key' }),
  retry: () => stream().retry({ attempts: 2, ...x }),
  'retry({ buffer })': () => stream().retry({ attempts: 2, buffer: x }),
  'join of streams': () => {
    const s = stream()
    s.join(s, one, { within: 1, ...x })
  },
  'join with a table': () => {
    const p = begin()
    p.stream(orders).leftJoin(p.table(topic('t', serdes)), one, x)
  },
  'join with a global table': () => {
    const p = begin()
    p.stream(orders).join(p.globalTable(topic('t', serdes)), one, { on: one, ...x })
  },
  'filter of a table': () => table().filter(one, { as: 't', ...x }),
  'filterNot of a table': () => table().filterNot(one, x),
  'map of a table': () => table().map(one, x),
  toStream: () => table().toStream(x),
  'groupBy of a table': () => table().groupBy(one, x),
  suppress: () => table().suppress({ until: 1, ...x }),
  'suppress({ buffer })': () => table().suppress({ until: 1, buffer: x }),
  'join of tables': () => {
    const t = table()
    t.join(t, one, x)
  },
  'leftJoin of tables by a foreign key': () => {
    const t = table()
    t.leftJoin(t, one, { on: one, ...x })
  },
  'outerJoin of tables': () => {
    const t = table()
    t.outerJoin(t, one, { nonsense: one })
  },
  count: () => grouped().count(x),
  reduce: () => grouped().reduce(one, x),
  aggregate: () => grouped().aggregate(one, one, x),
  'count of a table': () => table().groupBy(one).count(x),
  'reduce of a table': () => table().groupBy(one).reduce(one, one, x),
  'aggregate of a table': () => table().groupBy(one).aggregate(one, one, one, x),
  'count of windows': () => grouped().windowedBy(tumbling(1)).count(x),
  'reduce of windows': () => grouped().windowedBy(sliding(1)).reduce(one, x),
  'aggregate of windows': () => grouped().windowedBy(tumbling(1)).aggregate(one, one, x),
  'count of sessions': () => grouped().windowedBy(session(1)).count(x),
  'reduce of sessions': () => grouped().windowedBy(session(1)).reduce(one, x),
  'aggregate of sessions': () =>
    grouped()
      .windowedBy(session(1))
      .aggregate(one, one, { merger: one, ...x }),
  late: () => grouped().windowedBy(tumbling(1)).late(x),
  'late of sessions': () => grouped().windowedBy(session(1)).late(x),
  'aggregate of cogroups': () => grouped().cogroup(one).aggregate(one, x),
  'aggregate of cogroups by windows': () => grouped().cogroup(one).windowedBy(tumbling(1)).aggregate(one, x),
  'aggregate of cogroups by sessions': () =>
    grouped()
      .cogroup(one)
      .windowedBy(session(1))
      .aggregate(one, { merger: one, ...x }),
  'merge.all': () => merge.all({ a: stream() }, { timeout: 1, ...x }),
  'merge.all of branches': () =>
    stream()
      .copy(2)
      .merge.all({ timeout: 1, ...x }),
  'merge.all({ values })': () => merge.all({ a: stream() }, { timeout: 1, values: x }),
  'merge.all of one stream': () => merge.all(stream(), { part: one, expect: 2, timeout: 1, ...x }),
  embedded: () => embedded('./never', x),
  memory: () => memory(x),
  kafka: () => kafka({ brokers: ['localhost:1'], ...x }),
  'kafka({ retry })': () => kafka({ brokers: ['localhost:1'], retry: x }),
  avro: () => avro('long', x),
  mockContext: () => mockContext(x),
}

describe('an option that nobody knows', () => {
  it.each(Object.entries(calls))('is refused by %s', (_, call) => {
    expect(call).toThrow(/BAD_ARGUMENT: .* has no option "nonsense"[^]*it takes \w/)
  })

  it('is refused with the line of the chain, and with the name that was meant', () => {
    const wrong = () => stream().mapAsync(one, { concurency: 64 })
    expect(wrong).toThrow(/mapAsync\(\) has no option "concurency" \(at test\/known-options.test.ts:\d+:\d+\)/)
    expect(wrong).toThrow(/did you mean "concurrency"\? it takes concurrency, timeout, /)
  })

  it('is refused where topic() or a pattern get no topic; a topic says how as well', () => {
    expect(topic('copy', orders)).toEqual({ ...orders, name: 'copy' })
    expect(() => begin().stream(/o/, orders)).not.toThrow()
    expect(() => stream().groupBy(one, { name: 'x', key: int32 })).toThrow(/no option "name"/)
  })
})

const values: Readonly<Record<string, () => unknown>> = {
  "long: 'bigin'": () => avro('long', { long: 'bigin' }),
  "in: 'ram'": () => stream().dedupe({ within: 1, in: 'ram' }),
  "changelog: 'false'": () => table().suppress({ until: 1, changelog: 'false' }),
  'cache: 0': () => grouped().count({ cache: 0 }),
  'tombstones: null': () => begin().stream(orders, { tombstones: null }),
  "keyless: 'yes'": () => begin().stream(orders, { keyless: 'yes' }),
  'overlap: 1': () => stream().split({ a: one }, { overlap: 1 }),
  'durable: an object': () => embedded('./never', { durable: {} }),
}

it.each(Object.entries(values))('a value that an option does not have is refused: %s', (what, call) => {
  expect(call).toThrow(SluiceError)
  expect(call).toThrow(new RegExp(`BAD_ARGUMENT: \\w+\\(\\): ${what} is not known[^]*write .* or `))
})

it.each([['text'], [null], [one], [[]], [5]])('options that are no object are refused: %s', given => {
  expect(() => grouped().count(given)).toThrow(
    /BAD_ARGUMENT: count\(\) needs its options as an object[^]*it takes as, /,
  )
})

it('options that are undefined are left out', () => {
  expect(() => checkKnown('f()', undefined, { a: true })).not.toThrow()
  expect(() => checkKnown('f()', { a: undefined }, { a: ['x'] })).not.toThrow()
})

it.each([
  ['grcae', 'grace'],
  ['Grace', 'grace'],
  ['grac', 'grace'],
  ['gracee', 'grace'],
  ['grade', 'grace'],
  ['rgace', 'grace'],
  ['grand', undefined],
  ['', undefined],
])('"%s" is taken for %s', (given, meant) => {
  const refused = () => checkKnown('f()', { [given]: 1 }, { as: true, grace: true })
  expect(refused).toThrow(meant === undefined ? /→ it takes as, grace$/ : `did you mean "${meant}"?`)
})

describe('what runs already refuses them as well', () => {
  let dir = ''
  beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'sluice-options-'))))
  afterAll(() => rm(dir, { recursive: true }))

  it('the test driver', async () => {
    await expect(testDriver(begin(), x)).rejects.toThrow(/testDriver\(\) has no option/)
    const p = begin()
    p.stream(orders).to(topic('out', serdes))
    await using driver = await testDriver(p)
    await expect(driver.input(orders).send('k', {}, x)).rejects.toThrow(/send\(\) has no option/)
    await expect(driver.restart(x)).rejects.toThrow(/restart\(\) has no option/)
    expect(() => driver.output('out', x)).toThrow(/output\(\) has no option/)
    const test = { send: [marbles(orders, 'a')], expect: [], ...x }
    await expect(driver.marbles(test)).rejects.toThrow(/marbles\(\) has no option/)
  })

  it('the mock context', async () => {
    await using mock = mockContext()
    await mock.start(() => () => {})
    await expect(mock.process(1, 'k', x)).rejects.toThrow(/process\(\) has no option/)
  })

  it('readRecords', async () => {
    const log = await embedded(join(dir, 'log')).open()
    await expect(readRecords(log, orders, x).next()).rejects.toThrow(/readRecords\(\) has no option/)
    await expect(readRecords(log, orders, { until: 'ends' }).next()).rejects.toThrow(/until: 'ends' is not known/)
    await log.close()
  })
})
