import { describe, expect, it } from 'vitest'
import { hopping, long, pipeline, session, string, topic, tumbling } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { counts, input, made, send, shown } from './helpers.js'

// The tables and examples of Kafka's documentation ("Streams DSL": Aggregating, Windowing, Window final results,
// Controlling KTable emit rate), as written.

const minute = 60_000
const numbers = topic('numbers', { key: string, value: long })
const limited = topic('limited', { key: string, value: long })
const profiles = topic('profiles', { key: string, value: string })

/** What a table holds, as the documentation lists it. */
async function rows(store: { all(): Promise<readonly (readonly [string, number])[]> }): Promise<string> {
  const all = await store.all()
  return all.map(([key, value]) => `(${key}, ${value})`).join(' ')
}

describe("the tables of Kafka's documentation", () => {
  it('semantics for stream aggregations', async () => {
    const p = pipeline('documented')
    p.stream(numbers)
      .groupByKey()
      .aggregate(
        () => 0,
        (sum, value) => sum + value,
        { as: 'aggregated', value: long },
      )
    const table: readonly [time: number, key: string, value: number, state: string][] = [
      [1, 'hello', 1, '(hello, 1)'],
      [2, 'kafka', 1, '(hello, 1) (kafka, 1)'],
      [3, 'streams', 1, '(hello, 1) (kafka, 1) (streams, 1)'],
      [4, 'kafka', 1, '(hello, 1) (kafka, 2) (streams, 1)'],
      [5, 'kafka', 1, '(hello, 1) (kafka, 3) (streams, 1)'],
      [6, 'streams', 1, '(hello, 1) (kafka, 3) (streams, 2)'],
    ]
    await using driver = await testDriver(p)
    for (const [timestamp, key, value, state] of table) {
      await driver.input(numbers).send(key, value, { timestamp })
      expect(await rows(driver.store('aggregated') as never)).toBe(state)
    }
  })

  it('semantics for table aggregations', async () => {
    const p = pipeline('documented', { onError: 'skip' })
    p.table(profiles, { as: 'profiles' })
      .groupBy((region, user) => [region, user.length], { value: long })
      .aggregate(
        () => 0,
        (sum, length) => sum + length,
        (sum, length) => sum - length,
        { as: 'aggregated', value: long },
      )
    const table: readonly [time: number, user: string | null, region: string | null, state: string][] = [
      [1, 'alice', 'E', '(E, 5)'],
      [2, 'bob', 'A', '(A, 3) (E, 5)'],
      [3, 'charlie', 'A', '(A, 10) (E, 5)'],
      [4, 'alice', 'A', '(A, 15) (E, 0)'],
      [5, 'charlie', null, '(A, 8) (E, 0)'],
      [6, null, 'E', '(A, 8) (E, 0)'],
      [7, 'bob', 'E', '(A, 5) (E, 3)'],
    ]
    await using driver = await testDriver(p)
    for (const [timestamp, user, region, state] of table) {
      await driver.input(profiles).send(user, region, { timestamp })
      expect(await rows(driver.store('aggregated') as never)).toBe(state)
    }
  })
})

describe("the examples of Kafka's documentation", () => {
  it.each([
    ['hopping windows of 5 s every 3 s', hopping(5_000, 3_000), ['[0,5000)', '[3000,8000)'], ['[3000,8000)']],
    ['tumbling windows of 5 s', tumbling(5_000), ['[0,5000)'], ['[5000,10000)']],
  ] as const)('%s: the lower bound is inclusive, the upper one exclusive', async (_, windows, before, at) => {
    for (const [time, expected] of [
      [4_999, before],
      [5_000, at],
    ] as const) {
      await using driver = await testDriver(
        made(p => p.stream(input).groupByKey().windowedBy(windows).count().toStream().to(counts)),
      )
      await send(driver, `a@${time}`)
      expect(shown(driver.output(counts).read())).toEqual(expected.map(bounds => `a${bounds}=1@${time}`))
    }
  })

  it('sessions, after three records and after six', async () => {
    await using driver = await testDriver(
      // The documentation is from when there was a grace of a day.
      made(p =>
        p
          .stream(input)
          .groupByKey()
          .windowedBy(session('5m', { grace: '1d' }))
          .count({ as: 'sessions' }),
      ),
    )
    const sessions = async (): Promise<string[]> => {
      const all = (await driver.store('sessions').all()) as [{ key: string; start: number; end: number }, number][]
      return all.map(([{ key, start, end }, n]) => `${key} ${start / minute}-${end / minute}: ${n}`).sort()
    }
    const at = (text: string): string => text.replaceAll(/@(\d+)/g, (_, time) => `@${Number(time) * minute}`)
    await send(driver, at('green@0, blue@2, green@6'))
    expect(await sessions()).toEqual(['blue 2-2: 1', 'green 0-0: 1', 'green 6-6: 1'])
    await send(driver, at('green@4, blue@5, blue@11'))
    expect(await sessions()).toEqual(['blue 11-11: 1', 'blue 2-5: 2', 'green 0-6: 3'])
  })

  it('window final results: who has less than three events in an hour, told at ten past', async () => {
    await using driver = await testDriver(
      made(p =>
        p
          .stream(input)
          .groupByKey()
          .windowedBy(tumbling('1h', { grace: '10m' }))
          .count()
          .suppress({ until: 'window-closes' })
          .filter(count => count < 3)
          .toStream({ tombstones: false })
          .to(counts),
      ),
    )
    const nine = 9 * 60 * minute
    const few = async (records: string): Promise<string[]> => {
      await send(
        driver,
        records.replaceAll(/@(\d+)/g, (_, time) => `@${nine + Number(time) * minute}`),
      )
      return shown(driver.output(counts).read())
    }
    // U has ten events, the last ones out of order, until the window of nine o'clock closes at 10:10; V has two.
    expect(await few('U@0, V@1, U@2, U@10, U@20, U@30, V@40, U@50')).toEqual([])
    expect(await few('W@65, U@41, U@42, U@43, U@59')).toEqual([])
    expect(await few('W@69')).toEqual([])
    expect(await few('W@70')).toEqual([`V[${nine},${nine + 60 * minute})=2@${nine + 40 * minute}`])
    expect(await few('U@58, V@59')).toEqual([])
    expect(driver.counters).toMatchObject({ [lateOf(driver.counters)]: 2 })
  })

  it('a limit on how often a table tells: no key more than once in five minutes', async () => {
    await using driver = await testDriver(
      made(p =>
        p
          .stream(input)
          .groupByKey()
          .count()
          .suppress({ until: '5m', buffer: { maxBytes: 1_000_000, whenFull: 'emit' } })
          .toStream()
          .to(limited),
      ),
    )
    for (let second = 0; second < 3_600; second += 10) await send(driver, `a@${second * 1000}, b@${second * 1000}`)
    const told = driver.output(limited).read()
    for (const key of ['a', 'b']) {
      const times = told.filter(each => each.key === key).map(({ timestamp }) => timestamp)
      // The change that waits longest decides: 0 to 5 min, the next to 5 min 10 s, …
      expect(times.length).toBe(11)
      for (const [i, time] of times.slice(1).entries()) expect(time - times[i]!).toBeGreaterThanOrEqual(5 * minute)
    }
  })
})

function lateOf(counters: Readonly<Record<string, number>>): string {
  return Object.keys(counters).find(name => name.startsWith('late_records'))!
}
