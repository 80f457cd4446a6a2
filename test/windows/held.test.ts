import { expect, it } from 'vitest'
import { hopping, json, pipeline, session, sliding, string, topic, tumbling, type Stream } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { counts, input, made, other, send, shown } from './helpers.js'

it.each([
  ['alike', 0],
  ['of different priority', 1],
])(
  'windows that were held open for a parked record close when it is done, without another record: sources %s',
  async (_, priority) => {
    let fails = 1
    const driver = await testDriver(
      made(p => {
        p.stream(other, { priority }).forEach(() => {})
        p.stream(input)
          .map(value => {
            if (fails-- > 0) throw new Error('not yet')
            return value
          })
          .retry({ attempts: 2, backoff: '1s' })
          .groupByKey()
          .windowedBy(tumbling('10s'))
          .count({ emit: 'final' })
          .toStream()
          .to(counts)
      }),
    )
    await send(driver, 'a@1000, b@50000')
    expect(shown(driver.output(counts).read())).toEqual([])
    await driver.advance('1s')
    expect(shown(driver.output(counts).read())).toEqual(['a[0,10000)=1@1000'])
    await driver.close()
  },
)

const numbers = topic('numbers', { key: string, value: json<number>() })
const told = topic('told', { key: string, value: json<number>() })
type Counted = (stream: Stream<string, number, 'keyed'>) => Stream<string, number>

it.each<[string, Counted]>([
  [
    'tumbling',
    stream =>
      stream
        .groupByKey()
        .windowedBy(tumbling(10))
        .count({ emit: 'final' })
        .toStream({ tombstones: false })
        .selectKey((_, { key, start }) => `${key} ${start}`),
  ],
  [
    'told with each update',
    stream =>
      stream
        .groupByKey()
        .windowedBy(tumbling(10))
        .count()
        .toStream({ tombstones: false })
        .selectKey((_, { key, start }) => `${key} ${start}`),
  ],
  [
    'hopping',
    stream =>
      stream
        .groupByKey()
        .windowedBy(hopping(12, 4))
        .count({ emit: 'final' })
        .toStream({ tombstones: false })
        .selectKey((_, { key, start }) => `${key} ${start}`),
  ],
  [
    'sliding',
    stream =>
      stream
        .groupByKey()
        .windowedBy(sliding(6))
        .count({ emit: 'final' })
        .toStream({ tombstones: false })
        .selectKey((_, { key, start }) => `${key} ${start}`),
  ],
  [
    'sessions',
    stream =>
      stream
        .groupByKey()
        .windowedBy(session(4))
        .count({ emit: 'final' })
        .toStream({ tombstones: false })
        .selectKey((_, { key, start }) => `${key} ${start}`),
  ],
])('windows keep what they counted while records that follow wait to be tried again: %s', async (_, counted) => {
  const rows = async (fails: boolean, restartEvery: number | false) => {
    const p = pipeline('held', { value: json() })
    const tried = new Map<number, number>()
    const stream = p
      .stream(numbers)
      .map(n => {
        tried.set(n, (tried.get(n) ?? 0) + 1)
        if (fails && tried.get(n)! <= n % 3) throw new Error('not yet')
        return n
      })
      .retry({ attempts: 3, backoff: 7 })
    counted(stream).to(told)
    await using driver = await testDriver(p, { restartEvery })
    for (let n = 0; n < 60; n++) {
      await driver.input(numbers).send(`k${n % 4}`, n, { timestamp: 100 + n })
      if (n % 5 === 0) await driver.advance(3)
    }
    await driver.advance('1s')
    await driver.input(numbers).send('end', 60, { timestamp: 10_000 })
    const last = new Map(
      driver
        .output(told)
        .read()
        .map(({ key, value }) => [key, value] as const),
    )
    return [...last].filter(([key]) => key !== 'end 10000').toSorted()
  }
  const wanted = await rows(false, false)
  expect(wanted.length).toBeGreaterThan(3)
  expect(await rows(true, false)).toEqual(wanted)
  expect(await rows(true, 4)).toEqual(wanted)
})
