import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sliding, string } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { counts, input, made, run, send } from './helpers.js'

const counting = (difference: number, grace = 0, emit: 'update' | 'final' = 'update') =>
  made(p =>
    p
      .stream(input)
      .groupByKey()
      .windowedBy(sliding(difference, { grace }))
      .count({ emit, as: 'sliding' })
      .toStream()
      .to(counts),
  )

/** What Kafka's documentation says of sliding windows: each set of records that a window of that length can hold, once. */
function plainly(times: readonly number[], difference: number): Map<number, string> {
  const windows = new Map<number, string>()
  const within = (from: number) =>
    times.map((time, i) => [time, i] as const).filter(([time]) => time >= from && time <= from + difference)
  for (const time of times) {
    const left = Math.max(0, time - difference)
    windows.set(left, ids(within(left)))
    const right = within(time + 1)
    if (right.length > 0) windows.set(time + 1, ids(right))
  }
  return windows
}

function ids(records: readonly (readonly [number, number])[]): string {
  return records
    .map(([, i]) => i)
    .toSorted((a, b) => a - b)
    .join(' ')
}

describe('sliding windows', () => {
  it('tell the windows that a record makes and changes', async () => {
    expect(await run(counting(10), 'a@20, a@25, a@31', counts)).toEqual([
      'a[10,20)=1@20',
      'a[21,31)=1@25',
      'a[15,25)=2@25',
      'a[21,31)=2@31',
      'a[26,36)=1@31',
    ])
  })

  it('final: are told once, when stream time is past their end', async () => {
    expect(await run(counting(10, 0, 'final'), 'a@20, b@20, a@25, a@60', counts)).toEqual([
      'a[10,20)=1@20',
      'b[10,20)=1@20',
      'a[15,25)=2@25',
      'a[21,31)=1@25',
    ])
  })

  it('hold in each window just the records that are in it, in whatever order they come', async () => {
    const joined = (difference: number) =>
      made(p =>
        p
          .stream(input)
          .groupByKey()
          .windowedBy(sliding(difference, { grace: 10_000 }))
          .aggregate(
            () => '',
            (list, value) => `${list} ${value}`,
            { as: 'lists', value: string },
          ),
      )
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 12 }),
        fc.array(fc.nat(40), { minLength: 1, maxLength: 10 }),
        async (difference, times) => {
          const driver = await testDriver(joined(difference))
          await send(driver, times.map((time, i) => `k ${i}@${time}`).join(','))
          const found = new Map<number, string>()
          for (const [key, list] of await driver.store('lists').all()) {
            const { start } = key as { start: number }
            found.set(
              start,
              (list as string)
                .trim()
                .split(' ')
                .map(Number)
                .toSorted((a, b) => a - b)
                .join(' '),
            )
          }
          await driver.close()
          expect([...found].toSorted(([a], [b]) => a - b)).toEqual(
            [...plainly(times, difference)].toSorted(([a], [b]) => a - b),
          )
        },
      ),
      { numRuns: 60 },
    )
  })
})
