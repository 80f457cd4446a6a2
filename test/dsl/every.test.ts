import { describe, expect, it } from 'vitest'
import {
  json,
  pipeline,
  string,
  topic,
  type Duration,
  type EveryOptions,
  type Pipeline,
  type Tick,
} from '../../dsl/index.js'
import type { TestDriver } from '../../src/testing/index.js'
import { driven } from '../testing/driven.js'

const minute = 60_000
const out = topic('out', { key: string, value: json<Tick>() })

function fiveMinutes(options: EveryOptions = {}): Pipeline {
  const p = pipeline('app')
  p.every('*/5 * * * *', options).to(out)
  return p
}

const ticks = (driver: TestDriver) =>
  driver
    .output(out)
    .read()
    .map(({ value }) => [value!.scheduled / minute, value!.previous === null ? null : value!.previous / minute])

/** What is fired at the start after so long without one. */
async function away(driver: TestDriver, duration: Duration) {
  await driver.restart({ away: duration })
  return ticks(driver)
}

describe('every', () => {
  it('gives a record at each time, with the time as its timestamp and the name as its key', async () => {
    const driver = await driven(fiveMinutes(), { now: 7 * minute })
    await driver.advance('2m')
    expect(driver.output(out).read()).toEqual([])
    await driver.advance('1m')
    expect(driver.output(out).read()).toMatchObject([
      { key: 'every', value: { scheduled: 10 * minute, previous: null }, timestamp: 10 * minute },
    ])
    await driver.advance('11m')
    expect(ticks(driver)).toEqual([
      [15, 10],
      [20, 15],
    ])
  })

  it('has one owner, also where it is merged with a stream of several partitions', async () => {
    const numbers = topic('numbers', { key: string, value: json<Tick>() })
    const p = pipeline('app')
    p.stream(numbers)
      .merge(p.every('* * * * *', { as: 'minutes' }))
      .to(out)
    const driver = await driven(p, { partitions: 4 })
    await driver.advance('3m')
    expect(ticks(driver)).toEqual([
      [1, null],
      [2, 1],
      [3, 2],
    ])
  })

  it('keeps several lines apart', async () => {
    const p = pipeline('app')
    p.every('* * * * *', { as: 'minutes' })
      .merge(p.every('*/2 * * * *', { as: 'twos' }))
      .to(out)
    const driver = await driven(p)
    await driver.advance('2m')
    const read = driver.output(out).read()
    expect(read.map(({ key, timestamp }) => `${key} ${timestamp / minute}`).toSorted()).toEqual([
      'minutes 1',
      'minutes 2',
      'twos 2',
    ])
  })

  it('fires each once through restarts', async () => {
    const driver = await driven(fiveMinutes())
    const seen: unknown[] = []
    for (let i = 0; i < 13; i++) {
      await driver.advance('2m')
      seen.push(...ticks(driver))
      await driver.restart()
      seen.push(...ticks(driver))
    }
    expect(seen).toEqual([
      [5, null],
      [10, 5],
      [15, 10],
      [20, 15],
      [25, 20],
    ])
  })

  it('counts from its first start, also where that is interrupted before the first firing', async () => {
    const driver = await driven(fiveMinutes(), { now: 1 * minute })
    const whilePaused = await away(driver, '10m')
    expect(whilePaused).toEqual([[10, null]])
  })

  it.each([
    ['one', [[20, 5]]],
    [
      'all',
      [
        [10, 5],
        [15, 10],
        [20, 15],
      ],
    ],
    ['none', []],
  ] as const)('makes up for what was missed while nothing ran: %s', async (catchUp, expected) => {
    const driver = await driven(fiveMinutes({ catchUp }))
    await driver.advance('5m')
    expect(ticks(driver)).toEqual([[5, null]])
    expect(await away(driver, '18m')).toEqual(expected)
    const last = catchUp === 'none' ? 5 : 20
    await driver.advance('2m')
    expect(ticks(driver)).toEqual([[25, last]])
    const missed = { one: 2, all: undefined, none: 3 }[catchUp]
    expect(driver.counters['missed_firings{every.every}']).toBe(missed)
  })

  it("fires what is a little late with catchUp: 'none', too", async () => {
    const driver = await driven(fiveMinutes({ catchUp: 'none' }))
    expect(await away(driver, '330s')).toEqual([[5, null]])
  })

  it('makes up for very many in turns', async () => {
    const p = pipeline('app')
    p.every('* * * * * *', { catchUp: 'all' }).to(out)
    const driver = await driven(p)
    const seen = await away(driver, '2000s')
    expect(seen.length).toBe(2_000)
    expect(seen.map(([scheduled]) => Math.round(scheduled! * 60))).toEqual(
      Array.from({ length: 2_000 }, (_, i) => i + 1),
    )
  })

  it('groups its ticks after a repartition of its own', async () => {
    const counts = topic('counts', { key: string, value: json<number>() })
    const p = pipeline('app', { value: json() })
    p.every('* * * * *', { as: 'minutes' })
      .groupByKey()
      .aggregate<number>(
        () => 0,
        n => n + 1,
        { as: 'n' },
      )
      .toStream({ tombstones: false })
      .to(counts)
    const driver = await driven(p, { partitions: 3 })
    await driver.advance('3m')
    expect(
      driver
        .output(counts)
        .read()
        .map(({ value }) => value),
    ).toEqual([1, 2, 3])
  })

  it('sends a tick that fails further down to the dead-letter topic', async () => {
    const dead = topic('dead', { key: string, value: json<Tick>() })
    const p = pipeline('app', { value: json() })
    p.every('* * * * *', { as: 'minutes' })
      .map(() => {
        throw new Error('no')
      })
      .deadLetter('dead')
      .to(out as never)
    const driver = await driven(p)
    await driver.advance('1m')
    const [letter] = driver.output(dead).read()
    expect(letter).toMatchObject({ key: 'minutes', value: { scheduled: minute, previous: null }, timestamp: minute })
    expect(letter!.headers.text('sluice.topic')).toBe('app-minutes-repartition')
  })

  it('passes on what is put into its topic, such as a dead letter', async () => {
    const driver = await driven(fiveMinutes({ as: 'fives' }))
    const anchor = topic('app-fives-repartition', { key: string, value: json<Tick>() })
    await driver.input(anchor).send('fives', { scheduled: 7 * minute, previous: null })
    expect(ticks(driver)).toEqual([[7, null]])
  })
})

describe('what is refused', () => {
  const p = pipeline('app')
  it('a line that does not parse, with its place', () => {
    expect(() => p.every('every day')).toThrow(/BAD_ARGUMENT.*"every day" does not parse.*every\.test\.ts/s)
    expect(() => p.every('0 0 30 2 *')).toThrow(/never comes.*every\.test\.ts/s)
    expect(() => p.every(5 as never)).toThrow(/BAD_ARGUMENT/)
  })

  it('a line whose last time is over when it is first started, and no other', async () => {
    const once = (): Pipeline => {
      const app = pipeline('app')
      app.every('0 0 0 1 1 * 1999').to(out)
      return app
    }
    const year = Date.UTC(1999, 0, 1)
    await expect(driven(once(), { now: year })).rejects.toThrow(
      /BAD_ARGUMENT.*"0 0 0 1 1 \* 1999 UTC" names no time after 1999-01-01T00:00:00.000Z.*every\.test\.ts/s,
    )
    const driver = await driven(once(), { now: year - 1, restartEvery: 1 })
    await driver.advance('1m')
    await driver.restart()
    await driver.advance('1m')
    expect(driver.output(out).read()).toHaveLength(1)
  })

  it('a zone and a way to catch up that are none', () => {
    expect(() => p.every('* * * * *', { zone: 'Mars' })).toThrow(/BAD_ARGUMENT.*"Mars"/)
    expect(() => p.every('* * * * *', { catchUp: 'some' as never })).toThrow(/BAD_ARGUMENT.*'one', 'all' or 'none'/s)
    expect(() => p.every('* * * * *', { as: 'no name' })).toThrow(/BAD_ARGUMENT/)
  })

  it('two of one name, and one that leads nowhere', () => {
    const two = pipeline('app')
    two.every('* * * * *').to(out)
    two.every('*/2 * * * *').to(out)
    expect(() => two.lower()).toThrow(/two stores would have the name "every".*every\(…, \{ as: '…' \}\)/s)
    const nowhere = pipeline('app')
    nowhere.every('* * * * *')
    expect(() => nowhere.lower()).toThrow(/ends in nothing/)
  })
})
