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
  type Serde,
} from '../../dsl/index.js'
import type { TestDriver } from '../../src/testing/index.js'
import { driven } from '../testing/driven.js'

const input = topic('input', { key: string, value: json<number>() })
const bad = topic('bad', { key: string, value: json<number>() })

/** Writes whole numbers; for others it throws what any serde of a user might. */
const whole: Serde<number> = {
  serialize(value) {
    if (!Number.isInteger(value)) throw new TypeError(`${value} is not whole`)
    return long.serialize(value)
  },
  deserialize: long.deserialize,
}

const sum = (a: number, b: number): number => a + b

type Keep = (p: Pipeline, value: Serde<number>) => unknown

/** Tables of sums whose store cannot keep a half. */
const keepers: Record<string, Keep> = {
  reduce: (p, value) => p.stream(input).groupByKey().reduce(sum, { as: 'sums', value }),
  'reduce over tumbling': (p, value) =>
    p.stream(input).groupByKey().windowedBy(tumbling(100)).reduce(sum, { as: 'sums', value }),
  'reduce over sliding': (p, value) =>
    p.stream(input).groupByKey().windowedBy(sliding(100)).reduce(sum, { as: 'sums', value }),
  'reduce over sessions': (p, value) =>
    p.stream(input).groupByKey().windowedBy(session(100)).reduce(sum, { as: 'sums', value }),
  'reduce of groups of a table': (p, value) =>
    p
      .stream(input)
      .toTable({ as: 'rows' })
      .groupBy((n, key) => [key, n], { value: json<number>() })
      .reduce(sum, (a, b) => a - b, { as: 'sums', value }),
  'map of a table': (p, value) =>
    p
      .stream(input)
      .toTable({ as: 'rows' })
      .map(n => n, { as: 'sums', value }),
  suppress: (p, value) =>
    p
      .stream(input)
      .toTable({ as: 'sums' })
      .map(n => n, { value })
      .suppress({ until: '1h', as: 'held' }),
}

async function running(keep: Keep, policy: 'stop' | 'skip' | 'dead-letter', value: Serde<number>): Promise<TestDriver> {
  const p = pipeline('stores', { value: json(), onError: policy === 'skip' ? 'skip' : 'stop' })
  if (policy === 'dead-letter') p.deadLetter(bad)
  keep(p, value)
  return driven(p)
}

/** A half comes between two whole numbers of each of two keys. */
async function send(driver: TestDriver): Promise<void> {
  for (const [key, n] of [
    ['a', 1],
    ['b', 5],
    ['a', 0.5],
    ['c', 0.5],
    ['a', 2],
    ['b', 7],
  ] as const) {
    await driver.input(input).send(key, n, { timestamp: 1_000 })
  }
}

describe.each([
  ['long', long],
  ['a serde that throws what it likes', whole],
] as const)('%s', (_, value) => {
  describe.each(Object.entries(keepers))('what the store of %s cannot keep', (what, keep) => {
    const ofGroups = what === 'reduce of groups of a table'
    it('stops the pipeline, with record, store and line', async () => {
      const driver = await running(keep, 'stop', value)
      const error: unknown = await send(driver).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        code: 'SERIALIZE',
        place: { topic: expect.stringMatching(/input|repartition/), partition: 0 },
      })
      expect((error as Error).message).toMatch(
        /the store "(sums|held)" cannot keep it.*stores\.test\.ts:\d+:\d+.*\n.*→/s,
      )
    })

    it('is skipped and counted, and all else goes on', async () => {
      const driver = await running(keep, 'skip', value)
      await send(driver)
      const counted = Object.entries(driver.counters).filter(([name]) => name.startsWith('skipped'))
      // A group that did not take the half cannot take it back.
      expect(counted.map(([, n]) => n)).toEqual([ofGroups ? 3 : 2])
    })

    // What reaches a group is no record of the input.
    it.skipIf(ofGroups)('goes to the dead letters', async () => {
      const driver = await running(keep, 'dead-letter', value)
      await send(driver)
      const letters = driver.output(bad).read()
      expect(letters.map(({ key, value: n }) => [key, n])).toEqual([
        ['a', 0.5],
        ['c', 0.5],
      ])
      expect(letters[0]!.headers.text('sluice.code')).toBe('SERIALIZE')
      if (what === 'suppress') return
      const sums = (await driver.store('sums').all()) as [unknown, number][]
      expect(sums.filter(([key]) => JSON.stringify(key).includes('"c"'))).toEqual([])
      const isLast = what === 'map of a table'
      for (const [key, total] of [
        ['a', isLast ? 2 : 3],
        ['b', isLast ? 7 : 12],
      ] as const) {
        const own = sums.filter(([each]) => JSON.stringify(each).includes(`"${key}"`))
        expect(own.map(([, n]) => n)).toContain(total)
      }
    })
  })
})

describe('a window whose first value cannot be kept', () => {
  const windowed = async (p: Pipeline, ...records: (readonly [key: string, n: number, at: number])[]) => {
    const driver = await driven(p)
    for (const [key, n, timestamp] of records) await driver.input(input).send(key, n, { timestamp })
    return driver
  }
  const skipping = (): Pipeline => pipeline('windows', { value: json(), onError: 'skip' })
  const skipped = (driver: TestDriver): number =>
    Object.entries(driver.counters).reduce((sum, [name, n]) => (name.startsWith('skipped') ? sum + n : sum), 0)

  it('is none: those that overlap it go on', async () => {
    const p = skipping()
    p.stream(input).groupByKey().windowedBy(sliding(100)).reduce(sum, { as: 'sums', value: long })
    const driver = await windowed(p, ['a', 1, 1_000], ['a', 0.5, 1_050], ['a', 2, 1_060])
    expect(skipped(driver)).toBe(1)
    const sums = await driver.store<unknown, number>({ name: 'sums' }).all()
    expect(sums.map(([, n]) => n).toSorted()).toContain(3)
  })

  it('is none: sessions do not begin with it', async () => {
    const p = skipping()
    p.stream(input)
      .groupByKey()
      .windowedBy(session(100))
      .aggregate(
        () => 0,
        (all, n) => all + n,
        { merger: (a, b) => a + b, as: 'sums', value: long },
      )
    const driver = await windowed(p, ['c', 0.5, 1_000], ['c', 2, 1_050])
    expect(skipped(driver)).toBe(1)
    expect((await driver.store<unknown, number>({ name: 'sums' }).all()).map(([, n]) => n)).toEqual([2])
  })

  it('is none: nothing is said of it when it closes', async () => {
    const p = skipping()
    const heard: unknown[] = []
    p.stream(input)
      .groupByKey()
      .windowedBy(tumbling(100))
      .reduce(sum, { emit: 'final', value: long })
      .toStream()
      .forEach(told => void heard.push(told))
    await windowed(p, ['c', 0.5, 1_000], ['d', 1, 2_000])
    expect(heard).toEqual([])
  })
})
