import fc from 'fast-check'
import { expect, it } from 'vitest'
import { json, pipeline, string, topic } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { triedAgain, type HeldStep } from '../held-steps.js'
import { runs } from '../store/runs.js'

const orders = topic('orders', { key: string, value: json<number>() })
const prices = topic('prices', { key: string, value: json<number>() })
const priced = topic('priced', { key: string, value: json<string>() })
/** How long the table remembers its versions, in milliseconds. */
const history = 20

interface Step extends HeldStep {
  readonly to: 'orders' | 'prices'
}

const steps = fc.array(
  fc.record<Step>({
    to: fc.constantFrom('orders', 'prices', 'prices'),
    key: fc.constantFrom('a', 'b', 'c'),
    by: fc.constantFrom(1, 1, 2, 5, 20),
    fails: fc.constantFrom(0, 0, 1, 2),
    advance: fc.constantFrom(0, 0, 1, 4),
  }),
  { maxLength: 60 },
)

/** The rows of a join with a versioned table behind orders that fail for a while, and how many found theirs gone. */
async function rows(
  given: readonly Step[],
  how: { readonly fails: boolean; readonly grace: number | undefined; readonly restartEvery: number | false },
  calls: boolean,
) {
  const p = pipeline('held', { value: json() })
  const price = triedAgain(given, how.fails)
  const source = p.stream(orders)
  const stream = (calls ? source.mapAsync(async n => price(n)) : source.map(price)).retry({ attempts: 4, backoff: 7 })
  const table = p.table(prices, { as: 'prices', history })
  stream
    .join(table, (order, row) => `${order} at ${row}`, how.grace === undefined ? {} : { grace: how.grace })
    .to(priced)
  await using driver = await testDriver(p, { restartEvery: how.restartEvery })
  let time = 100
  for (const [n, { to, key, by, advance }] of given.entries()) {
    time += by
    await driver.input(to === 'orders' ? orders : prices).send(key, n, { timestamp: time })
    if (advance > 0) await driver.advance(advance)
  }
  await driver.input(orders).send('last', -1, { timestamp: time + 10 })
  await driver.advance('1s')
  // The table goes on by far more than its history before the stream does.
  for (let i = 1; i < 4; i++) await driver.input(prices).send(`${i}`, -1, { timestamp: time + i * 1_000 })
  await driver.input(orders).send('last', -1, { timestamp: time + 5_000 })
  const told = driver.output(priced).read()
  const late = Object.entries(driver.counters).filter(([name]) => name.includes('late_records'))
  return {
    rows: told.map(({ key, value, timestamp }) => `${key} ${value} ${timestamp}`).toSorted(),
    late: late.reduce((sum, [, count]) => sum + count, 0),
  }
}

/**
 * Which orders come too late where nothing fails: the table has gone on by more than its history while they waited for the
 * grace. They still find a row that is the latest one of its key, and lose it where a later one comes first.
 */
function tooLate(given: readonly Step[], grace: number): Set<number> {
  let time = 100
  const steps = given.map(({ to, by }, n) => ({ n, to, time: (time += by) }))
  const late = steps.filter(order => {
    if (order.to !== 'orders') return false
    const until = steps.findIndex(({ to, time }) => to === 'orders' && time >= order.time + grace)
    const seen = steps.slice(0, until < 0 ? steps.length : until).filter(({ to }) => to === 'prices')
    return order.time < (seen.at(-1)?.time ?? 0) - history
  })
  return new Set(late.map(({ n }) => n))
}

it.each([
  ['retry', undefined, false],
  ['retry', 5, false],
  ['mapAsync', undefined, true],
  ['mapAsync', 5, true],
] as const)(
  'the history of a table reaches back to what is pending: %s, grace %s',
  { timeout: 120_000 },
  async (_, grace, calls) => {
    const property = fc.asyncProperty(
      steps,
      fc.constantFrom<number | false>(false, 1, 3),
      async (given, restartEvery) => {
        const wanted = await rows(given, { fails: false, grace, restartEvery: false }, calls)
        const found = await rows(given, { fails: true, grace, restartEvery }, calls)
        // Where the table has gone ahead of orders that wait for the grace, those that are pending may keep rows for them.
        const late = tooLate(given, grace ?? 0)
        const due = wanted.rows.filter(row => !late.has(Number(row.split(' ')[1])))
        expect(due.filter(row => !found.rows.includes(row))).toEqual([])
        if (late.size === 0) expect(found).toEqual(wanted)
      },
    )
    await fc.assert(property, runs(40))
  },
)

it.each([
  ['join', undefined],
  ['leftJoin', undefined],
  ['join', 5],
] as const)('what comes too late for the history is counted: %s, grace %s', async (kind, grace) => {
  const p = pipeline('late', { value: json() })
  const table = p.table(prices, { as: 'prices', history: 20 }).filter(price => price > 0)
  const stream = p.stream(orders)
  const options = grace === undefined ? {} : { grace }
  const joined =
    kind === 'join'
      ? stream.join(table, (order, row) => `${order} at ${row}`, options)
      : stream.leftJoin(table, (order, row) => `${order} at ${row}`, options)
  joined.to(priced)
  await using driver = await testDriver(p)
  for (const timestamp of [100, 200]) await driver.input(prices).send('a', timestamp, { timestamp })
  await driver.input(prices).send('b', 50, { timestamp: 190 })
  await driver.input(prices).send('b', 60, { timestamp: 195 })
  // The last is of a time that is known, of which there is no row.
  for (const [key, timestamp] of [
    ['a', 200],
    ['a', 179],
    ['b', 190],
    ['b', 185],
  ] as const) {
    await driver.input(orders).send(key, timestamp, { timestamp })
  }
  await driver.input(orders).send('end', 0, { timestamp: 300 })
  const rows = driver
    .output(priced)
    .read()
    .map(({ value }) => value)
  const known = ['185 at null', '190 at 50', '200 at 200']
  expect(rows.filter(row => row !== '0 at null').toSorted()).toEqual(
    kind === 'join' ? known.slice(1) : ['179 at null', ...known],
  )
  expect(
    Object.entries(driver.counters)
      .filter(([name]) => name.includes('late_records'))
      .map(([, count]) => count),
  ).toEqual([1])
})
