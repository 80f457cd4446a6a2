import { describe, expect, it } from 'vitest'
import {
  hopping,
  json,
  session,
  sliding,
  string,
  tumbling,
  unlimited,
  type LateOptions,
  type SessionWindows,
  type SlidingWindows,
  type TimeWindows,
} from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { input, late, made, send } from './helpers.js'

async function lateOf(windows: TimeWindows | SlidingWindows | SessionWindows, records: string): Promise<string[]> {
  const p = made(each => {
    const windowed = each
      .stream(input)
      .groupByKey()
      .windowedBy(windows as TimeWindows)
    windowed.late().to(late)
    windowed.count({ as: 'counts' })
  })
  const driver = await testDriver(p)
  await send(driver, records)
  const read = driver
    .output(late)
    .read()
    .map(({ key, value, timestamp }) => `${key} ${value}@${timestamp}`)
  await driver.close()
  return read
}

describe('late records', () => {
  it('of tumbling windows are those behind end and grace', async () => {
    expect(await lateOf(tumbling(10, { grace: 5 }), 'a 1@0, a 2@14, a 3@9, a 4@15, b 5@9, b 6@10')).toEqual(['b 5@9'])
  })

  it('of hopping windows are those that no window takes any more', async () => {
    expect(await lateOf(hopping(10, 5), 'a 1@20, a 2@14, a 3@9')).toEqual(['a 2@14', 'a 3@9'])
    expect(await lateOf(hopping(10, 5), 'a 1@19, a 2@14, a 3@9')).toEqual(['a 3@9'])
  })

  it('of sliding windows are those whose later window is closed', async () => {
    expect(await lateOf(sliding(10), 'a 1@30, a 2@20, a 3@19')).toEqual(['a 3@19'])
  })

  it('of sessions are those that reach no open one', async () => {
    expect(await lateOf(session(10), 'a 1@0, a 2@8, b 3@18, a 4@3, b 5@19, a 6@3')).toEqual(['a 6@3'])
  })

  it('do not exist where the window never ends', async () => {
    expect(await lateOf(unlimited({ start: 10 }), 'a 1@30, a 2@20, a 3@5')).toEqual([])
  })

  it('are counted, once for each window that left them out', async () => {
    const driver = await testDriver(
      made(p => p.stream(input).groupByKey().windowedBy(hopping(10, 5)).count({ as: 'counts' })),
    )
    await send(driver, 'a@30, a@19, a@26')
    expect(driver.counters).toEqual({ 'late_records{counts.count}': 3 })
    await driver.close()
  })

  it('have no key that is new: a join behind them needs no repartition, and a named serde carries them', () => {
    const described = made(p =>
      p
        .stream(input)
        .groupBy(value => value)
        .windowedBy(tumbling(10))
        .late({ as: 'too-late' })
        .groupByKey()
        .count({ as: 'counted' }),
    )
      .describe()
      .toJSON()
    expect(described.repartitions.map(({ name }) => name)).toEqual(['too-late'])
    expect(described.subTopologies.flatMap(({ nodes }) => nodes.map(({ type }) => type))).toContain('late')
  })

  it('are written on their way by the serde that is named here, or else at the grouping', () => {
    const serdeOf = (options: LateOptions<string>): string | undefined =>
      made(p =>
        p
          .stream(input)
          .groupBy(value => value, { value: json() })
          .windowedBy(tumbling(10))
          .late({ as: 'too-late', ...options })
          .forEach(() => {}),
      )
        .describe()
        .toJSON()
        .serdes.find(({ at, part }) => at === 'topic app-too-late-repartition' && part === 'value')?.why
    expect(serdeOf({ value: string })).toBe('late({ value })')
    expect(serdeOf({})).toBe('groupBy({ value })')
  })
})
