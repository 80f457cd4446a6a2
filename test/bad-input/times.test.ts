import { describe, expect, test } from 'vitest'
import { json, pipeline, store, string, topic, tumbling } from '../../dsl/index.js'
import { driven } from '../testing/driven.js'
import { made } from './refusal.js'

const input = topic('input', { key: string, value: json<number>() })
const dead = topic('dead', { key: string, value: json<number>() })
const output = topic('output', { key: string, value: json<number>() })

test('a record without a time fails where it is', async () => {
  const timestamp = -1
  const counted = (onError: 'stop' | 'skip') => {
    const p = pipeline('times', { onError })
    p.stream(input).groupByKey().windowedBy(tumbling(100)).count({ as: 'counts' })
    return p
  }
  const driver = await driven(counted('stop'))
  await expect(driver.input(input).send('a', 1, { timestamp })).rejects.toMatchObject({
    code: 'DESERIALIZE',
    place: { topic: 'input', partition: 0, offset: 0 },
  })

  const skipping = await driven(counted('skip'))
  await skipping.input(input).send('a', 1, { timestamp })
  await skipping.input(input).send('a', 1, { timestamp: 1_000 })
  const skipped = Object.entries(skipping.counters).filter(([name]) => name.startsWith('skipped'))
  expect(skipped.map(([, n]) => n)).toEqual([1])
  expect((await skipping.store<unknown, number>({ name: 'counts' }).all()).map(([, n]) => n)).toEqual([1])
})

test('a record without a time goes to the dead letters, and an extractor may give it one', async () => {
  const p = pipeline('times').deadLetter(dead)
  p.stream(input).groupByKey().count({ as: 'counts' })
  const driver = await driven(p)
  await driver.input(input).send('a', 7, { timestamp: -1 })
  expect(driver.output(dead).read()).toMatchObject([{ key: 'a', value: 7 }])

  const timed = pipeline('timed')
  timed
    .stream(input, { timestamp: value => value })
    .groupByKey()
    .windowedBy(tumbling(100))
    .count({ as: 'counts' })
  const extracting = await driven(timed)
  await extracting.input(input).send('a', 7, { timestamp: -1 })
  expect((await extracting.store<unknown, number>({ name: 'counts' }).all()).map(([, n]) => n)).toEqual([1])
})

describe('a timestamp extractor that goes back', () => {
  const ascending = { timestamp: (value: number) => value, ascending: true }

  test('stops the pipeline where the stream says ascending, with both times, the record and the line', async () => {
    const driver = await driven(made(p => p.stream(input, ascending).to(output)))
    for (const time of [12, 12, 15]) await driver.input(input).send('k', time, { timestamp: 0 })
    const sending = driver.input(input).send('k', 9, { timestamp: 0 })
    await expect(sending).rejects.toThrow(
      /TIMESTAMP_NOT_MONOTONIC: the time 9 lies 6 ms before 15.*partition 0, offset 3, operator input, at .*→ mend/s,
    )
    await expect(sending).rejects.toThrow(/times\.test\.ts:\d+:\d+/)
    await expect(sending).rejects.toMatchObject({
      code: 'TIMESTAMP_NOT_MONOTONIC',
      place: { topic: 'input', partition: 0, offset: 3, operator: 'input' },
    })
  })

  test('fails only such records where the policy says skip: they are counted, and move no time', async () => {
    const driver = await driven(made(p => p.stream(input, ascending).skip().to(output)))
    for (const time of [12, 9, 11, 12, 13]) await driver.input(input).send('k', time, { timestamp: 0 })
    const passed = driver.output(output).read()
    expect(passed.map(({ timestamp }) => timestamp)).toEqual([12, 12, 13])
    expect(driver.counters).toEqual({ 'skipped{input}': 2 })
  })

  test('is no error otherwise: such records are out of order, taken within the grace, counted behind it', async () => {
    const late = topic('late', { key: string, value: json<number>() })
    const driver = await driven(
      made(p => {
        const windows = p
          .stream(input, { timestamp: value => value })
          .groupByKey()
          .windowedBy(tumbling(10, { grace: 5 }))
        windows.count({ as: 'counts' })
        windows.late().to(late)
      }),
    )
    for (const time of [12, 9, 14, 15, 8, 3]) await driver.input(input).send('k', time, { timestamp: 0 })
    const counts = await driver.store('counts').all()
    expect(counts).toEqual([
      [{ key: 'k', start: 0, end: 10 }, 1],
      [{ key: 'k', start: 10, end: 20 }, 3],
    ])
    expect(
      driver
        .output(late)
        .read()
        .map(({ value }) => value),
    ).toEqual([8, 3])
    expect(driver.counters).toEqual({ 'late_records{counts.count}': 2 })
  })
})

test('a fraction of a millisecond is dropped wherever a function gives a time', async () => {
  const time = 1.0051 * 1000 // 1005.1000000000001
  const written = store('written', { key: string, value: json<number>() })
  const ways: Record<string, (p: ReturnType<typeof pipeline>) => unknown> = {
    timestamp: p => p.stream(input, { timestamp: () => time }).to(output),
    mapRecord: p =>
      p
        .stream(input)
        .mapRecord(record => ({ ...record, timestamp: time }))
        .to(output),
    deliverAt: p =>
      p
        .stream(input)
        .deliverAt(() => time)
        .to(output),
    forward: p =>
      p
        .stream(input)
        .process<string, number>(context => (value, key) => context.forward(key, value, { timestamp: time }))
        .to(output),
    put(p) {
      p.addStore(written)
      const stores = { stores: [written] }
      p.stream(input).process(context => (value, key) => context.store(written).put(key, value, time), stores)
    },
  }
  for (const [way, write] of Object.entries(ways)) {
    const driver = await driven(made(write))
    await driver.input(input).send('k', 1, { timestamp: 0 })
    await driver.advance(1_005)
    const times =
      way === 'put'
        ? []
        : driver
            .output(output)
            .read()
            .map(({ timestamp }) => timestamp)
    expect(way === 'put' ? [driver.store(written).timestampOf('k')] : times, way).toEqual([1_005])
  }
})
