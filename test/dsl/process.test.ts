import { describe, expect, it } from 'vitest'
import { json, long, pipeline, store, string, topic, versionedStore } from '../../dsl/index.js'
import type { Processor, ProcessorContext } from '../../src/processor.js'
import { driven } from '../testing/driven.js'
import { counts, out, read, words } from './words.js'

describe('process', () => {
  it('counts with a store and forwards', async () => {
    const p = pipeline('app')
    p.addStore(counts)
    p.stream(words)
      .process<string, number>(
        context => (value, key) => {
          const kept = context.store(counts)
          const count = (kept.get(value) ?? 0) + 1
          kept.put(value, count)
          return context.forward(`${key}/${value}`, count)
        },
        { stores: [counts] },
      )
      .to(out)
    const driver = await driven(p)
    const input = driver.input(words)
    await input.send('k', 'a', { timestamp: 5 })
    await input.send('k', 'b', { timestamp: 3 })
    await input.send('l', 'a', { timestamp: 4 })
    expect(read(driver)).toEqual([
      ['k/a', 1, 5],
      ['k/b', 1, 3],
      ['l/a', 2, 4],
    ])
    expect(driver.store(counts).get('a')).toBe(2)
    expect(driver.store(counts).timestampOf('a')).toBe(4)
  })

  it('has all operations of a key-value store, and scans it while the task waits', async () => {
    const p = pipeline('app')
    const kept = p.addStore(store('kept', { key: string, value: json<{ n: number }>() }))
    p.stream(words)
      .process<string, unknown>(
        context => async (value, key) => {
          const entries = context.store(kept)
          const answers: unknown[] = []
          answers.push(entries.putIfAbsent(value, { n: 1 }) ?? null, entries.putIfAbsent(value, { n: 2 }) ?? null)
          entries.get(value)!.n = 99
          answers.push(entries.get(value), entries.timestampOf(value))
          entries.put('gone', { n: 0 })
          answers.push(entries.delete('gone'), entries.delete('gone') ?? null, entries.get('gone') ?? null)
          entries.put('none', null)
          const all: string[] = []
          for await (const [name] of entries.all({ reverse: true })) all.push(name)
          const range: string[] = []
          for await (const [name] of entries.range({ from: 'b', to: 'c' })) range.push(name)
          await context.forward(key, [answers, all, range])
        },
        { stores: [kept] },
      )
      .to(out)
    const driver = await driven(p)
    for (const word of ['a', 'c', 'd', 'b']) await driver.input(words).send('k', word, { timestamp: 7 })
    const values = driver
      .output(out)
      .read()
      .map(({ value }) => value) as [unknown[], string[], string[]][]
    expect(values[0]![0]).toEqual([null, { n: 1 }, { n: 1 }, 7, { n: 0 }, null, null])
    expect(values[3]!.slice(1)).toEqual([
      ['d', 'c', 'b', 'a'],
      ['b', 'c'],
    ])
  })

  it('forwards with other timestamps and headers, to named outputs or to all of them', async () => {
    const p = pipeline('app')
    const { loud, calm } = p.stream(words).process<string, string, 'loud' | 'calm'>(
      context => (value, key, record) => {
        expect(context.record).toMatchObject({ topic: 'words', partition: 0, offset: 0 })
        void context.forward(key, value, { to: 'loud', timestamp: 99, headers: { from: 'loud' } })
        void context.forward(key, value, { to: 'calm' })
        void context.forward(`${key}${record.offset}`, 'both')
        expect(record.headers.text('h')).toBe('1')
      },
      { outputs: ['loud', 'calm'] },
    )
    loud.map(value => `${value}!`).to(out)
    calm.map(value => `${value}.`).to(out)
    const driver = await driven(p)
    await driver.input(words).send('k', 'a', { timestamp: 5, headers: { h: '1' } })
    const records = driver.output(out).read()
    expect(records.map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
      ['k', 'a!', 99],
      ['k', 'a.', 5],
      ['k0', 'both!', 5],
      ['k0', 'both.', 5],
    ])
    expect(records.map(({ headers }) => [headers.text('from'), headers.text('h')])).toEqual([
      ['loud', undefined],
      [undefined, '1'],
      [undefined, '1'],
      [undefined, '1'],
    ])
  })

  it('keeps the key with processValues: a join or a group behind it needs no repartition', async () => {
    const p = pipeline('app')
    p.stream(words)
      .processValues<number>(context => value => context.forward(value.length))
      .groupByKey()
      .reduce((sum, n) => sum + n, { as: store('sums', { key: string, value: long }) })
      .toStream({ tombstones: false })
      .to(out)
    expect(p.describe().toJSON().repartitions).toEqual([])
    const driver = await driven(p)
    await driver.input(words).send('k', 'four', { timestamp: 1 })
    await driver.input(words).send('k', 'sixsix', { timestamp: 2 })
    expect(read(driver)).toEqual([
      ['k', 4, 1],
      ['k', 10, 2],
    ])
  })

  it('repartitions behind process, whose keys are new', async () => {
    const p = pipeline('app')
    p.stream(words)
      .process<string, string>(context => value => context.forward(value, value))
      .groupByKey({ key: string, value: string })
      .count({ as: counts })
    const driver = await driven(p, { partitions: 3 })
    for (let i = 0; i < 9; i++) await driver.input(words).send(`k${i}`, 'same')
    expect(driver.store(counts).get('same')).toBe(9)
  })

  it('shares a store between processors, which then run in one task', async () => {
    const p = pipeline('app')
    const other = topic('other', { key: string, value: string })
    p.addStore(counts)
    p.stream(words).process(context => value => context.store(counts).put(value, 1), { stores: ['counts'] })
    p.stream(other)
      .process<string, number>(context => (value, key) => context.forward(key, context.store(counts).get(value) ?? 0), {
        stores: [counts],
      })
      .to(out)
    expect(p.describe().toJSON().subTopologies).toHaveLength(1)
    const driver = await driven(p)
    await driver.input(words).send('k', 'a', { timestamp: 1 })
    await driver.input(other).send('k', 'a', { timestamp: 2 })
    await driver.input(other).send('k', 'b', { timestamp: 3 })
    expect(read(driver)).toEqual([
      ['k', 1, 2],
      ['k', 0, 3],
    ])
  })

  it('reads the store of a table above it, and does not write it', async () => {
    const p = pipeline('app')
    p.stream(words).groupByKey().count({ as: counts })
    p.stream(words)
      .process<string, unknown>(
        context => (_, key) => {
          const table = context.store(counts)
          expect(() => table.put(key, 5)).toThrow(/UNSUPPORTED.*written by its table alone/s)
          return context.forward(key, table.get(key))
        },
        { stores: [counts] },
      )
      .to(out)
    const driver = await driven(p)
    await driver.input(words).send('k', 'a', { timestamp: 1 })
    await driver.input(words).send('k', 'a', { timestamp: 2 })
    expect(read(driver)).toEqual([
      ['k', 1, 1],
      ['k', 2, 2],
    ])
  })

  it('keeps the history of values in a versioned store', async () => {
    const p = pipeline('app')
    const prices = p.addStore(versionedStore('prices', { key: string, value: string, history: 100 }))
    p.stream(words)
      .process<string, unknown>(
        context =>
          (value, key, { timestamp }) => {
            const kept = context.store(prices)
            const put = kept.put(key, value === '' ? null : value)
            return context.forward(key, [put, kept.at(key, timestamp - 1) ?? null, kept.get(key) ?? null])
          },
        { stores: [prices] },
      )
      .to(out)
    const driver = await driven(p)
    const input = driver.input(words)
    await input.send('k', 'a', { timestamp: 10 })
    await input.send('k', 'c', { timestamp: 30 })
    await input.send('k', 'b', { timestamp: 20 })
    await input.send('k', '', { timestamp: 200 })
    await input.send('k', 'z', { timestamp: 5 })
    expect(read(driver).map(([, value]) => value)).toEqual([
      ['latest', null, 'a'],
      ['latest', 'a', 'c'],
      ['outdated', 'a', 'c'],
      ['latest', 'c', null],
      ['dropped', null, null],
    ])
    expect(driver.store(prices).get('k')).toBeUndefined()
  })

  it('calls timers on stream time and on the wall clock, whose records carry the time of the call', async () => {
    const p = pipeline('app')
    p.addStore(counts)
    p.stream(words)
      .process<string, unknown>(
        context => ({
          init() {
            context.schedule('stream-time', 10, now =>
              context.forward('stream', context.record ?? null, { timestamp: now }),
            )
            const cancel = context.schedule('wall-clock', '1s', async now => {
              for await (const [word, n] of context.store(counts).all()) await context.forward(word, n)
              if (now === 2000) cancel()
            })
          },
          process: value => context.store(counts).put(value, 1),
        }),
        { stores: [counts] },
      )
      .to(out)
    const driver = await driven(p, { now: 0, restartEvery: false })
    const input = driver.input(words)
    await input.send('k', 'a', { timestamp: 3 })
    await input.send('k', 'b', { timestamp: 9 })
    await input.send('k', 'b', { timestamp: 45 })
    await input.send('k', 'b', { timestamp: 50 })
    // Kafka Streams' grid: due at 0, 10, …; one call where time jumps.
    expect(read(driver)).toEqual([
      ['stream', null, 3],
      ['stream', null, 45],
      ['stream', null, 50],
    ])
    await driver.advance('1s')
    expect(read(driver)).toEqual([
      ['a', 1, 1000],
      ['b', 1, 1000],
    ])
    await driver.advance('5s')
    expect(read(driver)).toEqual([
      ['a', 1, 2000],
      ['b', 1, 2000],
    ])
  })

  it('makes one processor per task, and closes each', async () => {
    const events: string[] = []
    class Counter implements Processor<string, string> {
      #count = 0
      readonly #context: ProcessorContext<string, number>
      constructor(context: ProcessorContext<string, number>) {
        this.#context = context
      }
      async init() {
        await Promise.resolve()
        events.push(`init ${this.#context.partition}`)
      }
      process(_value: string, key: string) {
        return this.#context.forward(key, ++this.#count)
      }
      close() {
        events.push(`close ${this.#context.partition}`)
      }
    }
    const p = pipeline('app')
    p.stream(words)
      .process(context => new Counter(context))
      .to(out)
    const driver = await driven(p, { partitions: 2, restartEvery: false })
    for (const partition of [0, 1, 1, 0, 1]) await driver.input(words).send('k', 'a', { partition })
    expect(
      read(driver)
        .map(([, value]) => value)
        .toSorted(),
    ).toEqual([1, 1, 2, 2, 3])
    await driver.close()
    expect(events.toSorted()).toEqual(['close 0', 'close 1', 'init 0', 'init 1'])
  })

  it('closes what has begun when another processor of the task cannot begin', async () => {
    const p = pipeline('app')
    let closed = 0
    const stream = p.stream(words)
    stream.process(() => ({ process() {}, close: () => void closed++ }))
    stream.process(() => ({ init: () => Promise.reject(new Error('no')), process() {} }))
    await expect(driven(p)).rejects.toThrow(/init of the processor threw: no/)
    expect(closed).toBe(1)
  })

  it('counts under a name of its own', async () => {
    const p = pipeline('app')
    p.stream(words).process(context => () => context.count('odd_words'))
    const driver = await driven(p)
    await driver.input(words).send('k', 'a')
    expect(driver.counters).toMatchObject({ 'odd_words{words.process}': 1 })
  })

  it('waits for what a processor left behind when it forwarded', async () => {
    const p = pipeline('app')
    p.stream(words)
      // Not awaited: the operator below suspends, and must be done before the next record.
      .process<string, string>(context => (value, key) => {
        void context.forward(key, `${value}1`)
        void context.forward(key, `${value}2`)
      })
      .process<string, string>(context => async (value, key) => {
        await new Promise(resolve => setImmediate(resolve))
        await context.forward(key, value)
      })
      .to(out)
    const driver = await driven(p)
    await driver.input(words).send('k', 'a')
    await driver.input(words).send('k', 'b')
    expect(read(driver).map(([, value]) => value)).toEqual(['a1', 'a2', 'b1', 'b2'])
  })
})
