import { describe, expect, it, test } from 'vitest'
import type { Pipeline } from '../../dsl/index.js'
import { testDriver, type DriverOptions } from '../../src/testing/index.js'
import { both, pair, texting, texts } from './differential.js'

type Sent = readonly [topic: string, key: string | null, value: string | null, timestamp: number]

const at = (...sent: Sent): Sent => sent

async function run(p: Pipeline, records: readonly Sent[], options: DriverOptions = {}): Promise<unknown[]> {
  await using driver = await testDriver(p, options)
  const written: unknown[] = []
  for (const [name, key, value, timestamp] of records) {
    await driver.input(texts(name)).send(key, value, { timestamp })
    for (const each of driver.output(texts('out')).read()) written.push([each.key, each.value, each.timestamp])
  }
  return written
}

/** Many records of a few keys, in and out of order; always the same. */
function plenty(names: readonly string[], count: number): Sent[] {
  let seed = 7
  const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below
  return Array.from({ length: count }, (_, i) =>
    at(names[random(names.length)]!, `b${random(4)}`, random(8) === 0 ? null : String(random(9)), i * 3 + random(40)),
  )
}

const pipelines: Readonly<Record<string, () => Pipeline>> = {
  'two streams': () => {
    const p = texting()
    p.stream(texts('l'), both)
      .outerJoin(p.stream(texts('r'), both), pair, { before: 10, after: 20, grace: 5 })
      .to(texts('out'))
    return p
  },
  'a stream and a versioned table, with a grace': () => {
    const p = texting()
    const table = p.table(texts('r'), { as: 'r', history: 60 })
    p.stream(texts('l'), both).leftJoin(table, pair, { grace: 20 }).to(texts('out'))
    return p
  },
  'two tables, by a foreign key': () => {
    const p = texting()
    const options = { on: (text: string) => `b${Number(text) % 4}`, as: 'joined' }
    p.table(texts('l'))
      .leftJoin(p.table(texts('r')), pair, options)
      .toStream()
      .to(texts('out'))
    return p
  },
  'a stream and a global table': () => {
    const p = texting()
    p.stream(texts('l'), both)
      .leftJoin(p.globalTable(texts('r'), { as: 'r' }), pair, { on: (_, key) => key })
      .to(texts('out'))
    return p
  },
}

describe.each(Object.entries(pipelines))('a join of %s', (_, build) => {
  const records = plenty(['l', 'r'], 120)

  it('gives the same through restarts', { timeout: 60_000 }, async () => {
    expect(await run(build(), records, { restartEvery: 7 })).toEqual(await run(build(), records))
  })

  it('gives the same for each key over several partitions', async () => {
    const perKey = (list: readonly unknown[]) =>
      ['b0', 'b1', 'b2', 'b3'].map(key =>
        list.filter(each => (each as unknown[])[0] === key).map(each => (each as unknown[])[1]),
      )
    // Stream time is that of a partition, so here all keys need one stream time: records come in order.
    const ordered = records.map(([topic, key, value], i) => at(topic, key, value, i))
    const last = (key: string): Sent => at('l', key, '0', 10_000)
    const all = [...ordered, ...['b0', 'b1', 'b2', 'b3'].map(last)]
    const [one, four] = [await run(build(), all), await run(build(), all, { partitions: 4 })]
    const values = (lists: unknown[][]) => lists.map(list => list.toSorted())
    expect(values(perKey(four))).toEqual(values(perKey(one)))
  })
})

describe('a join of streams', () => {
  it('fails on a record without a key where one is needed', async () => {
    const p = texting({ onError: 'stop' })
    p.stream(texts('l'), both)
      .join(p.stream(texts('r'), both), pair, { within: 5 })
      .to(texts('out'))
    await expect(run(p, [at('l', null, '1', 0)])).rejects.toThrow(/NULL_KEY/)
  })

  it('drops nothing that is within its window, and tells late records', async () => {
    const p = texting()
    p.stream(texts('l'), both)
      .join(p.stream(texts('r'), both), pair, { within: 10, grace: 0 })
      .to(texts('out'))
    await using driver = await testDriver(p)
    await driver.input(texts('l')).send('a', '1', { timestamp: 100 })
    await driver.input(texts('l')).send('a', '2', { timestamp: 10 })
    await driver.input(texts('r')).send('a', '3', { timestamp: 15 })
    expect(driver.output(texts('out')).read()).toEqual([])
    expect(driver.counters['late_records{l-r-join.join.left}']).toBe(1)
  })

  it('forgets what has expired', { timeout: 60_000 }, async () => {
    const p = texting()
    p.stream(texts('l'), both)
      .leftJoin(p.stream(texts('r'), both), pair, { within: 10, grace: 5, as: 'near' })
      .to(texts('out'))
    await using driver = await testDriver(p)
    for (let i = 0; i < 400; i++) {
      await driver.input(texts(i % 2 === 0 ? 'l' : 'r')).send(`k${i}`, 'v', { timestamp: i * 100 })
    }
    // A quarter of the retention, at least a second, may pass between two sweeps: ten records here.
    const live = new Map<string, boolean>()
    for (const { key, value } of driver.output('joins-near-left-changelog').read()) {
      live.set(Buffer.from(key as Buffer).toString('latin1'), value !== null)
    }
    expect(live.size).toBeGreaterThan(190)
    expect([...live.values()].filter(Boolean).length).toBeLessThan(15)
  })
})

/** A stream or table to somebody without types, who may write what does not compile. */
interface Loose {
  join(...args: readonly unknown[]): unknown
  outerJoin(...args: readonly unknown[]): unknown
  selectKey(key: () => string): Loose
}

function loose(of: object): Loose {
  return of as Loose
}

describe('what a join refuses', () => {
  const p = texting()
  const [l, r] = [loose(p.stream(texts('l'))), loose(p.stream(texts('r')))]
  const table = loose(p.table(texts('t')))
  const versioned = loose(p.table(texts('v'), { history: 100 }))

  it.each([
    [
      'no window',
      () => l.join(r, pair),
      /BAD_ARGUMENT: join\(\) of two streams needs to know which records meet[^]*within/,
    ],
    ['two windows', () => l.join(r, pair, { within: 1, after: 2 }), /BAD_ARGUMENT/],
    [
      'a window of less than nothing',
      () => l.join(r, pair, { before: -5, after: 3 }),
      /from 5 to 3 ms there is no time/,
    ],
    ['a grace that is none', () => l.join(r, pair, { within: 5, grace: -1 }), /BAD_DURATION: join\(\{ grace \}\)/],
    ['no joiner', () => l.join(r, undefined, { within: 5 }), /BAD_ARGUMENT: join\(\) needs a function/],
    [
      'a re-keyed stream',
      () => l.selectKey(() => 'x').join(r, pair, { within: 5 }),
      /not partitioned by its key[^]*\.repartition\(\)/,
    ],
    [
      'a re-keyed partner',
      () =>
        l.join(
          r.selectKey(() => 'x'),
          pair,
          { within: 5 },
        ),
      /\.repartition\(\)/,
    ],
    ['a re-keyed stream with a table', () => l.selectKey(() => 'x').join(table, pair), /\.repartition\(\)/],
    [
      'an outer join with a table',
      () => l.outerJoin(table, pair, { within: 5 }),
      /BAD_ARGUMENT: outerJoin\(\) of a stream with a table/,
    ],
    ['a grace over a plain table', () => l.join(table, pair, { grace: 5 }), /needs a versioned table[^]*history/],
    [
      'a grace beyond the history',
      () => l.join(versioned, pair, { grace: 101 }),
      /101 ms are more than the table's history of 100 ms/,
    ],
    ['a name where nothing is kept', () => l.join(table, pair, { as: 'x' }), /BAD_ARGUMENT/],
    [
      'no foreign key',
      () => table.join(versioned, pair, { on: 'id' }),
      /BAD_ARGUMENT: join\(table, joiner, \{ on \}\) needs a function/,
    ],
    [
      'a cached history',
      () => p.table(texts('w'), { history: 5, cache: true }),
      /BAD_ARGUMENT: table\(\{ history, cache: true \}\)/,
    ],
    ['two histories', () => p.table(texts('v'), { history: 5 }), /made a table twice/],
  ] as const)('%s', (_, write, message) => {
    expect(write).toThrow(message)
    expect(write).toThrow(/joins\.test\.ts:\d+/)
  })
})

test('a record that goes on after its grace leaves the one that brought it about as it was', async () => {
  const p = texting()
  const stream = p.stream(texts('l'))
  stream.join(p.table(texts('r'), { as: 'r', history: 60 }), pair, { grace: 10 }).to(texts('out'))
  stream
    .filter(value => value !== '')
    .groupBy(value => value)
    .reduce((_, value) => value, { as: 'seen', cache: false })
    .toStream({ tombstones: false })
    .to(texts('others'))
  await using driver = await testDriver(p)
  await driver.input(texts('r')).send('k', 'row', { timestamp: 0 })
  await driver.input(texts('l')).send('k', 'first', { timestamp: 5 })
  await driver.input(texts('l')).send('k', 'second', { timestamp: 40 })
  const read = (name: string) =>
    driver
      .output(texts(name))
      .read()
      .map(({ key, value }) => [key, value])
  expect(read('out')).toEqual([['k', 'first&row']])
  expect(read('others')).toEqual([
    ['first', 'first'],
    ['second', 'second'],
  ])
})

test.each(['inner', 'left'])('a row that means another foreign row is no longer told of the former: %s', async kind => {
  const p = texting()
  const [table, other] = [p.table(texts('l')), p.table(texts('r'))]
  const options = { on: (text: string) => text, as: 'joined' }
  const joined = kind === 'left' ? table.leftJoin(other, pair, options) : table.join(other, pair, options)
  joined.toStream().to(texts('out'))
  await using driver = await testDriver(p)
  const rows = ['a', 'b'].map(key => at('r', key, '1', 0))
  const records = [...rows, at('l', 'k', 'a', 1), at('l', 'k', 'b', 2), at('r', 'a', '2', 3), at('r', 'b', '2', 4)]
  for (const [topic, key, value, timestamp] of records) {
    await driver.input(texts(topic)).send(key, value, { timestamp })
  }
  const told = driver.output(texts('out')).read()
  expect(told.map(({ value }) => value)).toEqual(['a&1', 'b&1', 'b&2'])
  // An answer to a subscription that was left behind would be dropped, and counted.
  expect(driver.counters).toEqual({})
})
