import { describe, expect, it } from 'vitest'
import {
  json,
  long,
  pipeline,
  session,
  sliding,
  string,
  topic,
  tumbling,
  type Pipeline,
  type Stream,
} from '../../dsl/index.js'
import { driven } from '../testing/driven.js'

type Numbers = Stream<string, number | null | undefined, 'keyed'>

const numbers = topic('numbers', { key: string, value: long })
const rows = topic('rows', { key: string, value: long })
const out = topic('out', { key: string, value: json<unknown>() })
const add = (a: number, b: number): number => a + b

/** What comes out, and what is counted, where every 0 becomes `nothing` before the operator. */
async function run(nothing: null | undefined, write: (stream: Numbers, p: Pipeline) => Stream<any, unknown>) {
  const p = pipeline('app', { value: json() })
  const stream: Numbers = p.stream(numbers).map(n => (n === 0 ? nothing : n))
  write(stream, p).to(out as never)
  const driver = await driven(p, { restartEvery: 2 })
  for (const n of [1, 0, 2]) await driver.input(numbers).send('k', n, { timestamp: 5 })
  return {
    values: driver
      .output(out)
      .read()
      .map(({ value }) => value),
    counters: driver.counters,
  }
}

describe('a function that answers undefined gives what null gives', () => {
  it.each<[string, (stream: Numbers, p: Pipeline) => Stream<any, unknown>]>([
    ['to a topic', s => s],
    ['to count', s => s.groupByKey().count().toStream()],
    ['to reduce', s => s.groupByKey().reduce(add).toStream()],
    [
      'to aggregate',
      s =>
        s
          .groupByKey()
          .aggregate(() => 0, add)
          .toStream(),
    ],
    [
      'to another group',
      s =>
        s
          .groupBy((_, key) => key)
          .reduce(add)
          .toStream(),
    ],
    [
      'to windows',
      s =>
        s
          .groupByKey()
          .windowedBy(tumbling(10))
          .reduce(add)
          .toStream()
          .selectKey((_, { key }) => key),
    ],
    [
      'to sliding windows',
      s =>
        s
          .groupByKey()
          .windowedBy(sliding(9))
          .count()
          .toStream()
          .selectKey((_, { key }) => key),
    ],
    [
      'to sessions',
      s =>
        s
          .groupByKey()
          .windowedBy(session(9))
          .count()
          .toStream()
          .selectKey((_, { key }) => key),
    ],
    [
      'to cogroup',
      s =>
        s
          .groupByKey()
          .cogroup(add)
          .aggregate(() => 0)
          .toStream(),
    ],
    [
      'to a table',
      s =>
        s
          .toTable()
          .map(n => n + 1, { as: 'more' })
          .toStream(),
    ],
    ['to a join of streams', (s, p) => s.leftJoin(p.stream(rows), n => n + 1, { within: 9 })],
    ['to a join with a table', (s, p) => s.leftJoin(p.table(rows), n => n + 1)],
    ['to a join with a grace', (s, p) => s.leftJoin(p.table(rows, { history: '1m' }), n => n + 1, { grace: 0 })],
    ['to a join with a global table', (s, p) => s.leftJoin(p.globalTable(rows), n => n + 1, { on: () => 'k' })],
    ['to a delay', s => s.delay(0)],
    ['to a call', s => s.mapAsync(async n => [n])],
    ['to a barrier', s => s.copy({ a: a => a, b: b => b }).merge.all({ timeout: '1m' })],
  ])('%s', async (_, write) => {
    expect(await run(undefined, write)).toEqual(await run(null, write))
  })
})
