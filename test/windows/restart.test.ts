import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hopping, session, sliding, tumbling } from '../../dsl/index.js'
import { testDriver, type DriverOptions } from '../../src/testing/index.js'
import { input, late, made, send, shown, texts } from './helpers.js'

const join = (a: string, b: string) => `${a}${b}`

/** Every kind of window at once, each told in another way, with what came too late. */
const everything = (size: number, grace: number) =>
  made(p => {
    const grouped = p.stream(input).groupByKey()
    grouped.windowedBy(tumbling(size, { grace })).reduce(join, { emit: 'final', as: 't' }).toStream().to(texts)
    grouped
      .windowedBy(hopping(size, Math.ceil(size / 3), { grace }))
      .reduce(join, { as: 'h' })
      .toStream()
      .to(texts)
    grouped.windowedBy(sliding(size, { grace })).reduce(join, { emit: 'final', as: 'sl' }).toStream().to(texts)
    const sessions = grouped.windowedBy(session(size, { grace }))
    sessions.reduce(join, { as: 'se' }).suppress({ until: 'window-closes' }).toStream().to(texts)
    sessions.reduce(join, { emit: 'final', as: 'sf' }).toStream().to(texts)
    sessions.late({ as: 'ls' }).to(late)
    grouped.windowedBy(tumbling(size, { grace })).late({ as: 'lt' }).to(late)
    grouped
      .count()
      .suppress({ until: grace, buffer: { maxRecords: 2, whenFull: 'emit' } })
      .toStream()
      .map((count, key) => `${key}${count}`)
      .to(late)
  })

type Records = readonly (readonly [key: string, time: number])[]

async function outcome(size: number, grace: number, records: Records, options: DriverOptions): Promise<unknown> {
  const driver = await testDriver(everything(size, grace), options)
  await send(driver, records.map(([key, time], i) => `${key} ${i}@${time}`).join(','))
  const told = shown(driver.output(texts).read())
  const others = driver
    .output(late)
    .read()
    .map(({ key, value, timestamp }) => `${key} ${value}@${timestamp}`)
  const stores = await Promise.all(['t', 'h', 'sl', 'se', 'sf'].map(name => driver.store(name).all()))
  await driver.close()
  return { told, others, stores }
}

describe('a restart', () => {
  it('in the middle of windows changes nothing: not what is told, not what is late, not what is kept', async () => {
    const records = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat(60)), { minLength: 2, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.nat(8),
        records,
        fc.integer({ min: 1, max: 4 }),
        async (size, grace, sent, restartEvery) => {
          expect(await outcome(size, grace, sent, { restartEvery })).toEqual(await outcome(size, grace, sent, {}))
        },
      ),
      { numRuns: 10 },
    )
  }, 120_000)

  it('has something to change', async () => {
    const records = [
      ['a', 1],
      ['a', 2],
      ['b', 30],
    ] as const
    const { told } = (await outcome(5, 0, records, { restartEvery: 1 })) as { told: string[] }
    expect(told.filter(text => text === 'a[0,5)=01@2')).toHaveLength(3)
  })
})
