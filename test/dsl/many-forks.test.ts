import { expect, it } from 'vitest'
import {
  json,
  pipeline,
  string,
  topic,
  tumbling,
  windowed,
  type Pipeline,
  type Stream,
  type Table,
} from '../../dsl/index.js'
import { cut } from '../../src/topology/cut.js'
import { driven } from '../testing/driven.js'

// As many ways from end to end as nobody could go one after the other: 3 ** 40 of streams, 2 ** 40 of tables.
const forks = 40

const input = topic('input', { key: string, value: string })
const other = topic('other', { key: string, value: string })
const output = topic('output', { key: string, value: json() })

/** Divides a stream and brings it together again, time after time. */
function forked(stream: Stream<string, string, 'keyed'>): Stream<string, string, 'keyed'> {
  let whole = stream
  for (let i = 0; i < forks; i++) {
    whole = whole.split({ a: value => value === 'a', b: value => value === 'b' }).merge()
  }
  return whole
}

const chains: Readonly<Record<string, (p: Pipeline) => void>> = {
  'a repartition of what may be silent': p =>
    forked(p.stream(input, { idleAfter: '1s' }))
      .groupBy(value => value)
      .count()
      .toStream()
      .to(output),
  'records of several priorities': p =>
    forked(p.stream(input, { priority: 1 }).merge(p.stream(other)))
      .repartition()
      .to(output),
  'a policy': p => forked(p.stream(input)).skip().to(output),
  'a retry': p => forked(p.stream(input)).retry({ attempts: 2 }).to(output),
  'a retry of the pipeline': p => forked(p.retry({ attempts: 2 }).stream(input)).to(output),
  'a join': p =>
    forked(p.stream(input))
      .join(forked(p.stream(other)), (a, b) => a + b, { within: 1 })
      .to(output),
  'values that stay as they were read': p => forked(p.stream(input)).repartition().to(output),
  'tables over windows': p => {
    const counts = p.stream(input).groupByKey().windowedBy(tumbling(10)).count({ as: 'counts' })
    let whole: typeof counts = counts
    for (let i = 0; i < forks; i++) {
      const [left, right]: Table<any, number>[] = [whole, whole.filter(n => n > i)]
      whole = left!.leftJoin(right!, (a, b) => a + (b ?? 0), { as: `joined-${i}` })
    }
    whole
      .suppress({ until: 'window-closes' })
      .toStream()
      .to(topic('output', { key: windowed(string), value: json() }))
  },
}

it.each(Object.keys(chains))('a chain may divide and meet again any number of times: %s', name => {
  const p = pipeline('forks', { value: json() })
  chains[name]!(p)
  expect(cut(p.lower()).subs.length).toBeGreaterThan(0)
})

it('each record goes one of the ways', async () => {
  const p = pipeline('forks', { value: json() })
  forked(p.stream(input))
    .groupBy(value => value)
    .count()
    .toStream()
    .to(output)
  const driver = await driven(p)
  for (const value of ['a', 'b', 'c', 'a']) await driver.input(input).send('k', value)
  const counted = driver.output(output).read()
  expect(counted.map(({ key, value }) => [key, value])).toEqual([
    ['a', 1],
    ['b', 1],
    ['c', 1],
    ['a', 2],
  ])
})
