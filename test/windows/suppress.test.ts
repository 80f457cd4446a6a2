import { describe, expect, it } from 'vitest'
import {
  SluiceError,
  json,
  pipeline,
  session,
  sliding,
  string,
  topic,
  tumbling,
  type Pipeline,
  type SuppressOptions,
} from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { counts, input, late, made, run, send, shown } from './helpers.js'

const held = (options: SuppressOptions, grace = 0) =>
  made(p =>
    p.stream(input).groupByKey().windowedBy(tumbling(10, { grace })).count().suppress(options).toStream().to(counts),
  )

describe('suppress until the window closes', () => {
  it('tells each window once, by end and key', async () => {
    expect(await run(held({ until: 'window-closes' }, 5), 'b@1, a@9, a@2, a@14, c@15, c@40', counts)).toEqual([
      'a[0,10)=2@9',
      'b[0,10)=1@1',
      'a[10,20)=1@14',
      'c[10,20)=1@15',
    ])
  })

  it('waits for the gap of sessions, and is silent about those that went into others', async () => {
    const p = made(each =>
      each
        .stream(input)
        .groupByKey()
        .windowedBy(session(10))
        .count()
        .suppress({ until: 'window-closes' })
        .toStream()
        .to(counts),
    )
    expect(await run(p, 'a@0, a@8, b@17, b@18', counts)).toEqual(['a[0,8)=2@8'])
  })

  it('tells sliding windows and sessions a millisecond before they close, and again where a record comes in that one', async () => {
    const closing = { until: 'window-closes' } as const
    const bySession = made(p =>
      p.stream(input).groupByKey().windowedBy(session(5)).count().suppress(closing).toStream().to(counts),
    )
    expect(await run(bySession, 'a@0, b@5, a@5, c@30', counts)).toEqual(['a[0,0)=1@0', 'a[0,5)=2@5', 'b[5,5)=1@5'])
    const slid = made(p =>
      p.stream(input).groupByKey().windowedBy(sliding(7)).count().suppress(closing).toStream().to(counts),
    )
    expect(await run(slid, 'a@10, a@5', counts)).toEqual(['a[3,10)=1@10', 'a[3,10)=2@10'])
  })

  it('sees through what filters and maps the table', async () => {
    const p = made(each =>
      each
        .stream(input)
        .groupByKey()
        .windowedBy(tumbling(10, { grace: 5 }))
        .count()
        .filter(count => count > 1)
        .map(count => count * 10)
        .suppress({ until: 'window-closes' })
        .toStream()
        .to(counts),
    )
    expect(await run(p, 'a@0, a@1, b@2, c@15, c@16', counts)).toEqual(['a[0,10)=20@1'])
  })

  it('needs windows', () => {
    expect(() =>
      made(p =>
        p
          .stream(input)
          .groupByKey()
          .count()
          .suppress({ until: 'window-closes' as never })
          .toStream()
          .to(input as never),
      ),
    ).toThrow(/BAD_TOPOLOGY: suppress.*without windows.*suppress\.test\.ts/s)
  })

  it('needs them in the keys: windows further up close nothing', () => {
    const perMinute = (p: Pipeline) => p.stream(input).groupByKey().windowedBy(tumbling(10)).count()
    const untilClosed = { until: 'window-closes' as never }
    for (const write of [
      (p: Pipeline) =>
        perMinute(p)
          .groupBy((n, { key }) => [key, n])
          .count()
          .suppress(untilClosed),
      (p: Pipeline) =>
        perMinute(p)
          .toStream()
          .selectKey((_, { key }) => key)
          .toTable()
          .suppress(untilClosed),
    ]) {
      expect(() => made(p => void write(p))).toThrow(/BAD_TOPOLOGY: suppress.*without windows.*suppress\.test\.ts/s)
    }
  })
})

describe('suppress for a time', () => {
  it('tells the latest change of a key when the first one has waited', async () => {
    expect(await run(held({ until: 5 }, 100), 'a@0, a@3, b@4, a@5, b@9', counts)).toEqual([
      'a[0,10)=3@5',
      'b[0,10)=2@9',
    ])
  })

  it('tells at once where the time is 0', async () => {
    expect(await run(held({ until: 0 }), 'a@0, a@3', counts)).toEqual(['a[0,10)=1@0', 'a[0,10)=2@3'])
  })

  it('gives a group behind it what it told before, not what came in between', async () => {
    const p = made(each => {
      const table = each.stream(input).groupByKey().count()
      table
        .suppress({ until: 5 })
        .groupBy(count => ['all', count] as const)
        .aggregate(
          () => 0,
          (sum, count) => sum + count,
          (sum, count) => sum - count,
          { as: 'sum' },
        )
    })
    const driver = await testDriver(p)
    await send(driver, 'a@0, a@1, a@10, b@10, a@11, a@12, c@30')
    expect(driver.store('sum').get('all')).toBe(6)
    await driver.close()
  })
})

describe('a full buffer', () => {
  it('tells what waits longest, where it may', async () => {
    const options: SuppressOptions = { until: 100, buffer: { maxRecords: 2, whenFull: 'emit' } }
    expect(await run(held(options), 'b@1, a@1, a@2, c@3, b@4, d@5', counts)).toEqual(['a[0,10)=2@2', 'b[0,10)=2@4'])
  })

  it('stops the pipeline otherwise, with what to do', async () => {
    const driver = await testDriver(held({ until: 'window-closes', buffer: { maxRecords: 2 } }))
    await send(driver, 'a@1, b@1')
    const failure = await send(driver, 'c@1').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'BUFFER_FULL' })
    expect((failure as SluiceError).message).toMatch(/holds 3 records.*allowed are 2 records/s)
    await driver.close().catch(() => {})
  })

  it('counts bytes as well', async () => {
    const driver = await testDriver(held({ until: 'window-closes', buffer: { maxBytes: 60 } }))
    await send(driver, 'a@1')
    await expect(send(driver, 'b@1')).rejects.toMatchObject({ code: 'BUFFER_FULL' })
    await driver.close().catch(() => {})
  })

  it.each<[SuppressOptions, RegExp]>([
    [{ until: 'window-closes', buffer: { whenFull: 'emit' } }, /told again/],
    [{ until: 5, buffer: { maxRecords: 0 } }, /maxRecords: 0/],
    [{ until: 5, buffer: { maxBytes: 1.5 } }, /maxBytes: 1.5/],
    [{ until: -5 }, /BAD_DURATION/],
    [{ until: 'closed' as never }, /BAD_DURATION.*write 'window-closes'/s],
    [{ until: 5, buffer: { whenFull: 'drop' as never } }, /whenFull: 'drop' is not known/],
  ])('refuses %j', (options, message) => {
    expect(() => held(options)).toThrow(message)
    expect(() => held(options)).toThrow(/suppress\.test\.ts:\d+/)
  })
})

describe('what was told', () => {
  it('is what a join looks up', async () => {
    const p = made(each => {
      const told = each.stream(input).groupByKey().count().suppress({ until: 5 })
      each
        .stream(input)
        .join(told, (value, count) => `${value}${count}`)
        .to(late)
    })
    const driver = await testDriver(p)
    const seen: unknown[] = []
    for (const record of ['a@0', 'a@1', 'a@2', 'b@10', 'a@11']) {
      await send(driver, record)
      seen.push(
        ...driver
          .output(late)
          .read()
          .map(({ value }) => value),
      )
    }
    // Until 10 nothing was told of `a`; then, that there were 3.
    expect(seen).toEqual(['a3'])
    await driver.close()
  })

  it('keeps the headers of its record', async () => {
    const driver = await testDriver(held({ until: 'window-closes' }))
    await driver.input(input).send('a', 'x', { timestamp: 1, headers: { from: 'first' } })
    await driver.input(input).send('a', 'x', { timestamp: 2, headers: { from: 'second' } })
    await driver.input(input).send('b', 'x', { timestamp: 10 })
    const [told] = driver.output(counts).read()
    expect(shown([told!])).toEqual(['a[0,10)=2@2'])
    expect(told!.headers.text('from')).toBe('second')
    await driver.close()
  })
})

it('a versioned table is refused: a late row would take the place of the latest one', () => {
  const p = pipeline('versioned', { value: json() })
  p.table(topic('rows', { key: string, value: json<string>() }), { as: 'rows', history: '1h' })
    .suppress({ until: '10s' })
    .toStream({ tombstones: false })
    .to(topic('told', { key: string, value: json<string>() }))
  expect(() => p.describe()).toThrow(/BAD_TOPOLOGY: suppress\(\) of a versioned table.*suppress\.test\.ts/s)
})
