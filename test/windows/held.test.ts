import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hopping, json, pipeline, session, sliding, string, topic, tumbling, type Stream } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { triedAgain, type HeldStep } from '../held-steps.js'
import { runs } from '../store/runs.js'
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
/** In milliseconds: as long as records are late. */
const grace = 3
type Counted = (stream: Stream<string, number, 'keyed'>) => Stream<string, number>

it.each<[string, Counted]>([
  [
    'tumbling',
    stream =>
      stream
        .groupByKey()
        .windowedBy(tumbling(10, { grace }))
        .count({ emit: 'final' })
        .toStream({ tombstones: false })
        .selectKey((_, { key, start }) => `${key} ${start}`),
  ],
  [
    'told with each update',
    stream =>
      stream
        .groupByKey()
        .windowedBy(tumbling(10, { grace }))
        .count()
        .toStream({ tombstones: false })
        .selectKey((_, { key, start }) => `${key} ${start}`),
  ],
  [
    'hopping',
    stream =>
      stream
        .groupByKey()
        .windowedBy(hopping(12, 4, { grace }))
        .count({ emit: 'final' })
        .toStream({ tombstones: false })
        .selectKey((_, { key, start }) => `${key} ${start}`),
  ],
  [
    'sliding',
    stream =>
      stream
        .groupByKey()
        .windowedBy(sliding(6, { grace }))
        .count({ emit: 'final' })
        .toStream({ tombstones: false })
        .selectKey((_, { key, start }) => `${key} ${start}`),
  ],
  [
    'sessions',
    stream =>
      stream
        .groupByKey()
        .windowedBy(session(4, { grace }))
        .count({ emit: 'final' })
        .toStream({ tombstones: false })
        .selectKey((_, { key, start }) => `${key} ${start}`),
  ],
])(
  'windows keep what they counted while records that follow wait to be tried again: %s',
  { timeout: 120_000 },
  async (_, counted) => {
    const property = fc.asyncProperty(
      steps,
      fc.constantFrom<number | false>(false, 1, 4),
      async (given, restartEvery) => {
        const wanted = await rows(given, counted, { fails: false, restartEvery: false })
        expect(await rows(given, counted, { fails: true, restartEvery })).toEqual(wanted)
      },
    )
    await fc.assert(property, { ...runs(20), examples: [[inARow, false]] })
  },
)

interface Step extends HeldStep {
  /** How late the record is when stream time has gone on. */
  readonly late: number
}

const steps = fc.array(
  fc.record<Step>({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    by: fc.constantFrom(0, 1, 1, 2, 12),
    late: fc.constantFrom(0, 0, 1, grace),
    fails: fc.constantFrom(0, 0, 1, 2),
    advance: fc.constantFrom(0, 0, 0, 3),
  }),
  { maxLength: 60 },
)

const inARow = Array.from({ length: 60 }, (_, n): Step => {
  return { key: 'abcd'[n % 4]!, by: 1, late: 0, fails: n % 3, advance: n % 5 === 0 ? 3 : 0 }
})

/** The last count of each window. */
async function rows(
  given: readonly Step[],
  counted: Counted,
  how: { readonly fails: boolean; readonly restartEvery: number | false },
): Promise<(readonly [key: string | null, count: number | null])[]> {
  const p = pipeline('held', { value: json() })
  const stream = p.stream(numbers).map(triedAgain(given, how.fails)).retry({ attempts: 3, backoff: 7 })
  counted(stream).to(told)
  await using driver = await testDriver(p, { restartEvery: how.restartEvery })
  let time = 100
  for (const [n, { key, by, late, advance }] of given.entries()) {
    time += by
    await driver.input(numbers).send(key, n, { timestamp: time - late })
    if (advance > 0) await driver.advance(advance)
  }
  await driver.advance('1s')
  await driver.input(numbers).send('end', -1, { timestamp: time + 10_000 })
  const last = new Map(
    driver
      .output(told)
      .read()
      .map(({ key, value }) => [key, value] as const),
  )
  return [...last].filter(([key]) => key?.startsWith('end ') !== true).toSorted()
}
