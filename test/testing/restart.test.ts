import { describe, expect, it } from 'vitest'
import { json, long, pipeline, store, string, topic, versionedStore } from '../../dsl/index.js'
import { driven } from './driven.js'

const words = topic('words', { key: string, value: string })
const names = topic('names', { key: string, value: string })
const out = topic('out', { key: string, value: json<unknown>() })
const counts = store('counts', { key: string, value: long })

function counting() {
  const p = pipeline('app', { value: json() })
  p.stream(words)
    .groupBy(word => word)
    .count({ as: counts })
    .leftJoin(p.table(names, { as: 'names' }), (count, name) => [count, name])
    .toStream()
    .to(out)
  return p
}

describe('restart', () => {
  it.each([1, 2])('goes on where it was, with its state from the changelogs: every %i records', async restartEvery => {
    const results = []
    for (const options of [false as const, restartEvery].map(every => ({ partitions: 2, restartEvery: every }))) {
      const driver = await driven(counting(), options)
      await driver.input(names).send('a', 'Anna', { timestamp: 1 })
      for (const [i, word] of ['a', 'b', 'a', 'c', 'b', 'a'].entries()) {
        await driver.input(words).send(`k${i}`, word, { timestamp: 10 + i })
      }
      await driver.input(names).send('b', 'Berta', { timestamp: 2 })
      const records = driver
        .output(out)
        .read()
        .map(({ key, value, timestamp }) => [key, value, timestamp])
      results.push([records, (await driver.store(counts).all()).toSorted()])
    }
    expect(results[1]).toEqual(results[0])
    expect((results[0]![1] as unknown[]).length).toBe(3)
  })

  it.each([1, 2, 4])('one at a time where records are sent side by side: every %i records', async restartEvery => {
    const p = pipeline('app')
    p.stream(words).groupByKey().count({ as: counts })
    const driver = await driven(p, { partitions: 3, restartEvery })
    const keys = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const times of [1, 2]) {
      const sent = keys.map(key => driver.input(words).send(key, 'x'))
      await Promise.all([...sent, driver.restart(), driver.advance('1s')])
      expect(keys.map(key => driver.store(counts).get(key))).toEqual(keys.map(() => times))
    }
    expect(driver.status.tasks).toEqual(['words-0', 'words-1', 'words-2'])
  })

  it('restores the stores of processors, and forgets their fields', async () => {
    const prices = versionedStore('prices', { key: string, value: string, history: 100 })
    const p = pipeline('app')
    p.addStore(counts)
    p.addStore(prices)
    p.stream(words)
      .process<string, unknown>(
        context => {
          let field = 0
          return (word, key, { timestamp }) => {
            const count = (context.store(counts).get(word) ?? 0) + 1
            context.store(counts).put(word, count)
            context.store(prices).put(word, `at ${timestamp}`)
            return context.forward(key, [++field, count, context.store(prices).at(word, timestamp - 5) ?? null])
          }
        },
        { stores: [counts, prices] },
      )
      .to(out)
    const driver = await driven(p, { restartEvery: false })
    await driver.input(words).send('k', 'a', { timestamp: 10 })
    await driver.input(words).send('k', 'a', { timestamp: 20 })
    await driver.restart()
    await driver.input(words).send('k', 'a', { timestamp: 30 })
    expect(
      driver
        .output(out)
        .read()
        .map(({ value }) => value),
    ).toEqual([
      [1, 1, null],
      [2, 2, 'at 10'],
      [1, 3, 'at 20'],
    ])
    expect(driver.store(counts).get('a')).toBe(3)
  })

  it('keeps the stream time', async () => {
    const p = pipeline('app')
    p.stream(words)
      .process<string, number>(context => (_, key) => context.forward(key, context.streamTime()))
      .to(out)
    const driver = await driven(p, { restartEvery: 1 })
    for (const timestamp of [5, 50, 7]) await driver.input(words).send('k', 'a', { timestamp })
    expect(
      driver
        .output(out)
        .read()
        .map(({ value }) => value),
    ).toEqual([5, 50, 50])
  })
})
