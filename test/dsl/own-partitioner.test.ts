import { describe, expect, it } from 'vitest'
import { json, long, pipeline, string, topic, type Pipeline } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { refusal } from './refusal.js'

const [events, placed, twin, rows] = ['events', 'placed', 'twin', 'rows'].map(name =>
  topic(name, { key: string, value: long }),
) as [Numbers, Numbers, Numbers, Numbers]
const out = topic('out', { key: string, value: json() })
const byValue = (_key: string, value: number, partitions: number): number => value % partitions

type Numbers = ReturnType<typeof topic<string, number>>

function started(write: (p: Pipeline) => void) {
  const p = pipeline('app', { value: json() })
  write(p)
  return testDriver(p, { partitions: 4 })
}

describe('a topic that is written with a partitioner of the user', () => {
  it.each<[string, (p: Pipeline) => void]>([
    [
      'a join',
      p =>
        p
          .stream(placed)
          .leftJoin(p.table(rows), (a, b) => [a, b])
          .to(out),
    ],
    [
      'a join as a table',
      p =>
        p
          .stream(events)
          .join(p.table(placed), (a, b) => [a, b])
          .to(out),
    ],
    [
      'a join of streams',
      p =>
        p
          .stream(placed)
          .join(p.stream(events), (a, b) => a + b, { within: 5 })
          .to(out),
    ],
    ['a merge that is grouped', p => p.stream(events).merge(p.stream(placed)).groupByKey().count().toStream().to(out)],
  ])('does not fit %s, written before or behind it', async (_what, use) => {
    for (const first of [true, false]) {
      const written = (p: Pipeline) => {
        if (first) p.stream(events).to(placed, { partitioner: byValue })
        use(p)
        if (!first) p.stream(events).to(placed, { partitioner: byValue })
      }
      const error = await refusal(started(written))
      expect(error).toMatchObject({
        code: 'BAD_TOPOLOGY',
        what: '"placed" is written with a partitioner of your own, so equal keys do not meet in one task',
        hint: expect.stringContaining('.repartition() behind it'),
        place: { line: expect.stringContaining('own-partitioner.test.ts') },
      })
    }
  })

  it('fits one that is written by the same function, and by no other', async () => {
    const twins = (other: typeof byValue | undefined) => (p: Pipeline) => {
      p.stream(events).to(placed, { partitioner: byValue })
      p.stream(events).to(twin, other && { partitioner: other })
      p.stream(placed)
        .join(p.stream(twin), (a, b) => a + b, { within: 5 })
        .to(out)
    }
    await (await started(twins(byValue))).close()
    expect((await refusal(started(twins((_key, value) => value % 2)))).message).toMatch(/partitioner of your own/)
    expect((await refusal(started(twins(undefined)))).message).toMatch(/partitioner of your own/)
  })

  it('may be grouped by itself: whether the function looks at the key alone is its owner’s to know', async () => {
    const driver = await started(p => {
      p.stream(events).to(placed, { partitioner: (key, _value, partitions) => key.length % partitions })
      p.stream(placed).groupByKey().count().toStream().to(out)
    })
    for (const key of ['a', 'bb', 'a']) await driver.input(events).send(key, 1)
    const counts = driver.output(out).read()
    expect(counts.map(({ key, value }) => [key, value])).toEqual([
      ['a', 1],
      ['bb', 1],
      ['a', 2],
    ])
    await driver.close()
  })

  it('may be written and read where nothing is brought together by key', async () => {
    const driver = await started(p => {
      p.stream(events).to(placed, { partitioner: byValue })
      p.stream(placed)
        .map(n => n + 1)
        .to(out)
      p.stream(placed).repartition().groupByKey().count({ as: 'counts' })
    })
    for (const n of [1, 2]) await driver.input(events).send('a', n)
    expect(
      driver
        .output(out)
        .read()
        .map(({ value }) => value),
    ).toEqual([2, 3])
    await driver.close()
  })

  it('holds the left rows of a join by a foreign key: answers go back to the partition that asked', async () => {
    const driver = await started(p => {
      p.stream(events).to(placed, { partitioner: byValue })
      p.table(placed)
        .join(p.table(rows), (a, b) => [a, b], { on: value => `row-${value}` })
        .toStream()
        .to(out)
    })
    await driver.input(rows).send('row-3', 30)
    await driver.input(events).send('a', 3)
    expect(driver.output(out).read()).toMatchObject([{ key: 'a', value: [3, 30] }])
    await driver.close()
  })

  it('answers at once: a promise fails the record, whatever becomes of it', async () => {
    const driver = await started(p =>
      p.stream(events).to(placed, { partitioner: () => Promise.reject(new Error('late')) as never }),
    )
    await expect(driver.input(events).send('a', 3)).rejects.toThrow(/CALLBACK: the function answered a promise/)
  })

  it('is no operator behind through() that retry() could cover', () => {
    const p = pipeline('app', { value: json() })
    const stream = p.stream(events).through(placed, { partitioner: byValue })
    stream.retry({ attempts: 2 }).to(out)
    expect(() => p.describe()).toThrow(/retry\(\) covers no operator/)
  })

  it('is re-keyed behind through(): what groups by key repartitions first', async () => {
    const driver = await started(p =>
      p.stream(events).through(placed, { partitioner: byValue }).groupByKey().count().toStream().to(out),
    )
    for (const n of [0, 1, 2]) await driver.input(events).send('a', n)
    expect(
      driver
        .output(out)
        .read()
        .map(({ value }) => value),
    ).toEqual([1, 2, 3])
    await driver.close()
  })

  it('is refused behind through() where a join was cast', () => {
    const p = pipeline('app', { value: json() })
    const stream = p.stream(events).through(placed, { partitioner: byValue })
    expect(() => stream.join(p.table(rows) as never, (a: number) => a)).toThrow(/\.repartition\(\)/)
  })
})
