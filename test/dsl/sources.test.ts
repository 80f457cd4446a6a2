import { describe, expect, it } from 'vitest'
import { json, pipeline, string, topic, type Pipeline, type StreamOptions } from '../../dsl/index.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { readRecords } from '../../src/log/record-reader.js'
import { ManualClock, type TestDriver } from '../../src/testing/index.js'
import { driven } from '../testing/driven.js'
import { writeRecords } from '../write-records.js'

type Event = { readonly at: number; readonly name?: string }
const events = topic('events', { key: string, value: json<Event>() })
const out = topic('out', { key: string, value: json<unknown>() })

/** Tells the time of each record and that of the stream. */
function clockwork(options: StreamOptions<string, Event, false, false>, onError: 'stop' | 'skip' = 'stop'): Pipeline {
  const p = pipeline('app', { onError })
  p.stream(events, options)
    .process<string, unknown>(
      context =>
        (_, key, { timestamp }) =>
          context.forward(key, [timestamp, context.streamTime()]),
    )
    .to(out)
  return p
}

const times = (driver: TestDriver) =>
  driver
    .output(out)
    .read()
    .map(({ value }) => value)

describe('a timestamp extractor', () => {
  it('gives the time of each record, in any order; stream time never goes back', async () => {
    const driver = await driven(clockwork({ timestamp: value => value.at }))
    for (const at of [50, 20, 20, 70.9, 0]) await driver.input(events).send('k', { at }, { timestamp: 9_999 })
    expect(times(driver)).toEqual([
      [50, 50],
      [20, 50],
      [20, 50],
      [70, 70],
      [0, 70],
    ])
    expect(driver.output(out).read()).toEqual([])
  })

  it('sees the record with its own timestamp, headers and place', async () => {
    const seen: unknown[] = []
    const driver = await driven(
      clockwork({
        timestamp: (value, key, { timestamp, headers, topic: from, partition, offset }) => {
          seen.push([value, key, timestamp, headers.text('h'), from, partition, offset])
          return timestamp + 1
        },
      }),
    )
    await driver.input(events).send('k', { at: 3 }, { timestamp: 41, headers: { h: 'x' } })
    expect(seen).toEqual([[{ at: 3 }, 'k', 41, 'x', 'events', 0, 0]])
    expect(times(driver)).toEqual([[42, 42]])
  })

  it.each([
    ['negative', (value: Event) => value.at, /CALLBACK: the timestamp extractor answered -1/],
    ['not a number', () => 'soon' as never, /CALLBACK: the timestamp extractor answered soon/],
    ['NaN', () => Number.NaN, /CALLBACK: the timestamp extractor answered NaN/],
    [
      'thrown',
      () => {
        throw new Error('no clock')
      },
      /CALLBACK: the function threw: no clock/,
    ],
  ] as const)('that is %s stops the pipeline, with its place', async (_, timestamp, message) => {
    const driver = await driven(clockwork({ timestamp }))
    const sent = driver.input(events).send('k', { at: -1 }, { timestamp: 5 })
    await expect(sent).rejects.toThrow(message)
    await expect(sent).rejects.toThrow(/topic events, partition 0, offset 0, operator events, at test\/dsl\/sources/)
  })

  it('whose record is skipped moves no time: what it would have said is not known', async () => {
    const driver = await driven(clockwork({ timestamp: value => value.at }, 'skip'))
    for (const at of [10, -1, 20]) await driver.input(events).send('k', { at }, { timestamp: 1_000_000 })
    expect(times(driver)).toEqual([
      [10, 10],
      [20, 20],
    ])
    expect(driver.counters).toEqual({ 'skipped{events}': 1 })
  })

  it('orders the partitions of a task by what it says', async () => {
    const other = topic('other', { key: string, value: json<Event>() })
    const p = pipeline('app')
    p.stream([events, other], { timestamp: value => value.at })
      .map(value => value.at)
      .to(out)
    const log = memoryLog()
    await log.topics.create(['events', 'other', 'out'].map(name => ({ name, partitions: 1 })))
    await write(log, events, [{ at: 5 }, { at: 9 }])
    await write(log, other, [{ at: 2 }, { at: 7 }, { at: 8 }])
    await using app = await p.start({ log })
    await app.drained()
    expect(await read(log)).toEqual([2, 5, 7, 8, 9])
  })
})

describe('from', () => {
  const start = 1_000_000

  async function passed(from: StreamOptions<string, Event>['from']): Promise<unknown[]> {
    const clock = new ManualClock(start)
    const log = memoryLog({ clock })
    await log.topics.create(['events', 'out'].map(name => ({ name, partitions: 1 })))
    const ages = [90_000, 60_000, 59_999, 1000]
    await write(
      log,
      events,
      ages.map(age => ({ at: start - age })),
    )
    const p = pipeline('app')
    p.stream(events, from === undefined ? {} : { from })
      .map(value => start - value.at)
      .to(out)
    await using app = await p.start({ log, clock })
    await app.drained()
    await write(log, events, [{ at: start }])
    await app.drained()
    return read(log)
  }

  it.each([
    ['the first record, unless it says otherwise', undefined, [90_000, 60_000, 59_999, 1000, 0]],
    ['the first record', 'earliest', [90_000, 60_000, 59_999, 1000, 0]],
    ['behind the last', 'latest', [0]],
    ['a duration back', '1m', [60_000, 59_999, 1000, 0]],
    ['longer back than there are records', '1d', [90_000, 60_000, 59_999, 1000, 0]],
    ['a time', new Date(start - 59_999), [59_999, 1000, 0]],
    ['a time to come', new Date(start + 1), [0]],
  ] as const)('begins at %s', async (_, from, ages) => {
    expect(await passed(from)).toEqual(ages)
  })

  it('counts only where there is no position yet', async () => {
    const driver = await driven(clockwork({ from: 'latest' }))
    await driver.input(events).send('k', { at: 0 }, { timestamp: 1 })
    await driver.restart()
    await driver.input(events).send('k', { at: 0 }, { timestamp: 2 })
    expect(times(driver)).toEqual([
      [1, 1],
      [2, 2],
    ])
  })

  it('refuses what is no place', () => {
    const p = pipeline('app')
    expect(() => p.stream(events, { from: 'beginning' as never })).toThrow(/BAD_DURATION.*write 'earliest', 'latest'/s)
    expect(() => p.stream(events, { from: new Date('no') })).toThrow(
      /BAD_ARGUMENT: from: Invalid Date.*sources\.test\.ts/s,
    )
    expect(() => p.stream(events, { from: -5 })).toThrow(/BAD_ARGUMENT: from: -5 is no place/)
    expect(() => p.stream(events, { from: 1.5 })).toThrow(/BAD_ARGUMENT: from: 1.5 is no place/)
  })
})

describe('several topics', () => {
  const photos = (n: number) => topic(`photos-${n}`, { key: string, value: string })

  it('in a list are one stream', async () => {
    const p = pipeline('app')
    p.stream([photos(0), photos(1)]).to(topic('out', { key: string, value: string }))
    const driver = await driven(p)
    await driver.input(photos(0)).send('k', 'a')
    await driver.input(photos(1)).send('k', 'b')
    expect(
      driver
        .output(topic('out', { key: string, value: string }))
        .read()
        .map(({ value }) => value),
    ).toEqual(['a', 'b'])
  })

  it('of a pattern are found, also those that come later', async () => {
    const p = pipeline('app')
    const echo = topic('echo', { key: string, value: string })
    p.stream(/^photos-\d+$/, { key: string, value: string })
      .map((value, _, record) => `${record.topic} ${value}`)
      .to(echo)
    const log = memoryLog({ clock: new ManualClock(0) })
    await log.topics.create([
      { name: 'photos-0', partitions: 1 },
      { name: 'photos-x', partitions: 1 },
      { name: 'echo', partitions: 1 },
    ])
    const clock = new ManualClock(0)
    await using app = await p.start({ log, clock, topicRefresh: '10s' })
    await write(log, photos(0), ['a'])
    await log.topics.create([{ name: 'photos-1', partitions: 2 }])
    await write(log, photos(1), ['b'])
    await app.drained()
    expect(await read(log, echo)).toEqual(['photos-0 a'])
    clock.moveTo(10_000)
    await until(() => app.status.tasks.length === 2)
    await app.drained()
    expect(await read(log, echo)).toEqual(['photos-0 a', 'photos-1 b'])
  })

  it('of a pattern come by their first records in the test driver, before a group as well', async () => {
    const p = pipeline('app')
    p.stream(/^photos-\d+|^films/, { key: string, value: string })
      .groupByKey()
      .count({ as: 'counts' })
    for (const options of [{ partitions: 2 }, { topics: ['photos-1'], restartEvery: 1 }]) {
      const driver = await driven(p, options)
      expect(await driver.store('counts').all()).toEqual([])
      await driver.input(photos(1)).send('k', 'a')
      await driver.input('photos-2').send('k', 'b')
      await driver.input(photos(1)).send('k', 'c')
      await driver.input('films').send('k', 'd')
      expect(driver.store('counts').get('k')).toBe(4)
      expect(() => driver.input('audio')).toThrow(/UNKNOWN_TOPIC/)
    }
  })

  it('of a pattern that finds none are an error that names it', async () => {
    const p = pipeline('app')
    p.stream(/^photos-\d+$/, { key: string, value: string }).forEach(() => {})
    await expect(p.start({ log: memoryLog() })).rejects.toThrow(/UNKNOWN_TOPIC: no topic matches/)
  })
})

describe('a topic that is chosen for each record', () => {
  const [big, small] = ['big', 'small'].map(name => topic(name, { key: string, value: json<Event>() })) as [
    typeof events,
    typeof events,
  ]

  it('is written with its own serdes', async () => {
    const asText = topic('text', { key: string, value: string })
    const p = pipeline('app')
    p.stream(events).to((value, key, record) => (record.timestamp > 5 || key === 'big' ? big : small))
    p.stream(events)
      .map(value => `${value.at}`)
      .to(() => asText)
    const driver = await driven(p, { partitions: 2 })
    await driver.input(events).send('a', { at: 1 }, { timestamp: 1 })
    await driver.input(events).send('b', { at: 2 }, { timestamp: 9 })
    await driver.input(events).send('big', { at: 3 }, { timestamp: 2 })
    expect(
      driver
        .output(small)
        .read()
        .map(({ value }) => value),
    ).toEqual([{ at: 1 }])
    expect(
      driver
        .output(big)
        .read()
        .map(({ value }) => value!.at)
        .toSorted(),
    ).toEqual([2, 3])
    expect(
      driver
        .output(asText)
        .read()
        .map(({ value }) => value)
        .toSorted(),
    ).toEqual(['1', '2', '3'])
  })

  it('has to be one', async () => {
    const p = pipeline('app')
    p.stream(events).to(() => 'big' as never)
    const driver = await driven(p)
    await expect(driver.input(events).send('a', { at: 1 })).rejects.toThrow(
      /CALLBACK: the function of to\(\) answered something else than a topic.*offset 0/s,
    )
  })

  it('has to exist', async () => {
    const p = pipeline('app')
    p.stream(events).to(() => big)
    const log = memoryLog()
    await log.topics.create([{ name: 'events', partitions: 1 }])
    const app = await p.start({ log })
    await write(log, events, [{ at: 1 }])
    await expect(app.drained()).rejects.toThrow(
      /UNKNOWN_TOPIC: there is no topic "big" to write to.*topic events, partition 0, offset 0.*topics create big/s,
    )
  })
})

type MemoryLog = ReturnType<typeof memoryLog>

/** At the times that the values name. */
async function write<V>(
  log: MemoryLog,
  to: { name: string; key: typeof string; value: any },
  values: readonly V[],
): Promise<void> {
  await writeRecords(log, [to.name], writer => {
    for (const value of values)
      writer.write(to, { key: 'k', value, timestamp: typeof value === 'object' ? (value as Event).at : 0 })
  })
}

async function read(log: MemoryLog, from: { name: string; key: any; value: any } = out): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const { value } of readRecords(log, from)) found.push(value)
  return found
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 10_000 && !condition(); i++) await new Promise(resolve => setImmediate(resolve))
  expect(condition()).toBe(true)
}
