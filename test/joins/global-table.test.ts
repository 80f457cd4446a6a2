import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { embedded, json, memory, pipeline, readRecords, store, string, topic, type Log } from '../../dsl/index.js'
import { SluiceError } from '../../src/errors.js'
import { ManualClock, testDriver } from '../../src/testing/index.js'
import { systemClock, type Clock } from '../../src/time.js'
import { batch, valuesOf } from '../log/helpers.js'
import { through } from '../faults/die.js'
import { writeRecords } from '../write-records.js'

interface Order {
  readonly currency: string
  readonly price: number
}
const rates = topic('rates', { key: string, value: json<number>() })
const orders = topic('orders', { key: string, value: json<Order>() })
const priced = topic('priced', { key: string, value: json<number>() })
const dead = topic('dead', { key: string, value: string })

function shop(options: { readonly onError?: 'skip'; readonly dead?: boolean } = {}) {
  const p = pipeline('shop', { value: json(), ...(options.onError === undefined ? {} : { onError: options.onError }) })
  if (options.dead === true) p.deadLetter(dead)
  const table = p.globalTable(rates, { as: 'rates' })
  p.stream(orders)
    .join(table, (order, rate) => order.price * rate, { on: order => order.currency })
    .to(priced)
  return p
}

describe('a global table', () => {
  it('is in every task, whatever the partition of the key', async () => {
    await using driver = await testDriver(shop(), { partitions: 4 })
    for (const [i, currency] of ['EUR', 'USD', 'YEN', 'GBP', 'CHF'].entries()) {
      await driver.input(rates).send(currency, i + 1)
    }
    const currencies = ['EUR', 'USD', 'YEN', 'GBP', 'CHF']
    for (const [i, currency] of currencies.entries()) await driver.input(orders).send(`o${i}`, { currency, price: 10 })
    const found = driver.output(priced).read()
    expect(new Map(found.map(({ key, value }) => [key, value]))).toEqual(
      new Map(currencies.map((_, i) => [`o${i}`, (i + 1) * 10])),
    )
    expect(driver.store({ name: 'rates' }).get('YEN')).toBe(3)
  })

  it('is read by processors: rows, times and scans, with restarts; none may write it', async () => {
    const p = pipeline('desk')
    const table = store('rates', { key: string, value: json<number>() })
    const looked = topic('looked', { key: string, value: json<unknown>() })
    p.globalTable(rates, { as: table })
    p.stream(orders)
      .process<string, unknown>(
        context =>
          async ({ currency, price }, key) => {
            const kept = context.store(table)
            if (price < 0) kept.put(currency, price)
            const all: unknown[] = []
            for await (const row of kept.all()) all.push(row)
            await context.forward(key, [kept.get(currency) ?? null, kept.timestampOf(currency) ?? null, all])
          },
        { stores: [table] },
      )
      .to(looked)
    await using driver = await testDriver(p, { partitions: 4, restartEvery: 1 })
    await driver.input(rates).send('EUR', 2, { timestamp: 7 })
    await driver.input(rates).send('USD', 3, { timestamp: 8 })
    for (const key of ['o1', 'o2', 'o3']) await driver.input(orders).send(key, { currency: 'USD', price: 1 })
    await driver.input(rates).send('USD', null, { timestamp: 9 })
    await driver.input(orders).send('o4', { currency: 'USD', price: 1 })
    const rows = { EUR: ['EUR', 2], USD: ['USD', 3] }
    const both = [3, 8, [rows.EUR, rows.USD]]
    expect(
      driver
        .output(looked)
        .read()
        .map(({ value }) => value),
    ).toEqual([both, both, both, [null, null, [rows.EUR]]])
    await expect(driver.input(orders).send('o5', { currency: 'EUR', price: -1 })).rejects.toThrow(
      'written by its table alone',
    )
  })

  it('follows its topic, deletions included', async () => {
    await using driver = await testDriver(shop())
    await driver.input(orders).send('o1', { currency: 'EUR', price: 1 })
    await driver.input(rates).send('EUR', 2)
    await driver.input(orders).send('o2', { currency: 'EUR', price: 1 })
    await driver.input(rates).send('EUR', null)
    await driver.input(orders).send('o3', { currency: 'EUR', price: 1 })
    expect(
      driver
        .output(priced)
        .read()
        .map(({ key }) => key),
    ).toEqual(['o2'])
  })

  it('stops the pipeline at a record that cannot be read', async () => {
    const driver = await testDriver(shop())
    await expect(driver.input(rates).sendBytes(Buffer.from('EUR'), Buffer.from('{'))).rejects.toThrow(
      /DESERIALIZE.*topic rates, partition 0, offset 0/,
    )
    await driver.close().catch(() => undefined)
  })

  it('leaves out what cannot be read, as the pipeline says', async () => {
    await using driver = await testDriver(shop({ onError: 'skip' }))
    await driver.input(rates).sendBytes(Buffer.from('EUR'), Buffer.from('{'))
    await driver.input(rates).sendBytes(null, Buffer.from('1'))
    await driver.input(rates).send('EUR', 3)
    await driver.input(orders).send('o', { currency: 'EUR', price: 1 })
    expect(driver.output(priced).read()).toMatchObject([{ value: 3 }])
  })

  it('sends what cannot be read to the dead-letter topic', async () => {
    await using driver = await testDriver(shop({ dead: true }))
    await driver.input(rates).sendBytes(Buffer.from('EUR'), Buffer.from('{'))
    await driver.settle()
    const [letter] = driver.output(dead).read()
    expect(letter).toMatchObject({ key: 'EUR', value: '{' })
    expect(letter!.headers.text('sluice.topic')).toBe('rates')
    expect(letter!.headers.text('sluice.code')).toBe('DESERIALIZE')
  })

  it('needs to know which row a record means', () => {
    const p = pipeline('shop', { value: json() })
    const stream: any = p.stream(orders)
    expect(() => stream.join(p.globalTable(rates), () => 1)).toThrow(
      /BAD_ARGUMENT: join\(globalTable, joiner, \{ on \}\)/,
    )
  })

  it('is refused where its topic does not exist', async () => {
    const log = await memory().open()
    await log.topics.create([
      { name: 'orders', partitions: 1 },
      { name: 'priced', partitions: 1 },
    ])
    await expect(shop().start({ log })).rejects.toThrow(/UNKNOWN_TOPIC: the topic "rates"/)
    await log.close()
  })
})

describe('a global table of a running pipeline', () => {
  async function write(log: Log, to: any, records: readonly (readonly [string, unknown])[]): Promise<void> {
    await writeRecords(log, [to.name], writer => {
      for (const [key, value] of records) writer.write(to, { key, value })
    })
  }

  async function written(log: Log): Promise<unknown[]> {
    const values: unknown[] = []
    for await (const { key, value } of readRecords(log, priced)) values.push([key, value])
    return values
  }

  it('is read to its end before the first record, and goes on where it was', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-global-'))
    try {
      const log = await embedded(dir).open()
      await log.topics.create(['rates', 'orders', 'priced'].map(name => ({ name, partitions: 2 })))
      const many = Array.from({ length: 500 }, (_, i) => [`C${i}`, i] as const)
      await write(log, rates, many)
      await write(log, orders, [['o1', { currency: 'C499', price: 1 }]])
      const first = await shop().start({ log })
      await first.drained()
      expect(await written(log)).toEqual([['o1', 499]])
      expect(await first.query({ name: 'rates' }).get('C7')).toBe(7)
      await first.close()

      await write(log, rates, [['C0', 1000]])
      await write(log, orders, [
        ['o2', { currency: 'C0', price: 1 }],
        ['o3', { currency: 'C1', price: 2 }],
      ])
      const second = await shop().start({ log, clock: new ManualClock(Date.now()) })
      await second.drained()
      expect(await written(log)).toEqual(
        expect.arrayContaining([
          ['o1', 499],
          ['o2', 1000],
          ['o3', 2],
        ]),
      )
      await second.close()
      await log.close()
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  it('writes the letter of a record again where the brokers were away', async () => {
    const log = await memory().open()
    await log.topics.create(['rates', 'orders', 'priced', 'dead'].map(name => ({ name, partitions: 1 })))
    let isGone = false
    let failures = 0
    const failing = through<Log>(log, {
      producer(options) {
        const producer = log.producer(options)
        if (options.transactionalId !== undefined) return producer
        return through(producer, {
          append(...batch) {
            // As on Kafka: behind a failure everything is dropped until an abort.
            if (!isGone) producer.append(...batch)
          },
          async flush() {
            isGone ||= failures++ === 0
            if (isGone) throw new SluiceError('BROKER', 'the brokers are away')
            return producer.flush()
          },
          async abort() {
            isGone = false
            return producer.abort()
          },
        })
      },
    })
    const running = await shop({ dead: true }).start({ log: failing, clock: hurried })
    const bad = log.producer({})
    await bad.init()
    bad.append('rates', 0, batch({ key: 'EUR', value: '{' }))
    await bad.flush()
    await write(log, rates, [['YEN', 3]])
    await running.drained()
    expect(await valuesOf(log, 'dead', 0)).toEqual(['{'])
    expect(await running.query({ name: 'rates' }).get('YEN')).toBe(3)
    expect(running.status.state).toBe('running')
    expect(failures).toBeGreaterThan(0)
    await running.close()
    await log.close()
  })
})

/** What is waited for comes at once. */
const hurried: Clock = { ...systemClock, after: (ms, call) => systemClock.after(Math.min(ms, 5), call) }
