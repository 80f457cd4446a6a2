import { afterEach, describe, expect, it } from 'vitest'
import { json, long, pipeline, store, string, topic, versionedStore, type Pipeline } from '../../dsl/index.js'
import type { Processor, ProcessorContext } from '../../src/processor.js'
import { testDriver, type DriverOptions, type TestDriver } from '../../src/testing/index.js'

const words = topic('words', { key: string, value: string })
const out = topic('out', { key: string, value: json<unknown>() })
const counts = store('counts', { key: string, value: long })

const open: TestDriver[] = []
afterEach(async () => {
  for (const driver of open.splice(0)) await driver.close().catch(() => undefined)
})

async function run(p: Pipeline, options: DriverOptions = {}): Promise<TestDriver> {
  const driver = await testDriver(p, options)
  open.push(driver)
  return driver
}

const read = (driver: TestDriver) =>
  driver
    .output(out)
    .read()
    .map(({ key, value, timestamp }) => [key, value, timestamp])

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
    const driver = await run(p)
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
    const driver = await run(p)
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
    const driver = await run(p)
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
    const driver = await run(p)
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
    const driver = await run(p, { partitions: 3 })
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
    const driver = await run(p)
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
    const driver = await run(p)
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
    const driver = await run(p)
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
    const driver = await run(p, { now: 0, restartEvery: false })
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
    const driver = await run(p, { partitions: 2, restartEvery: false })
    for (const partition of [0, 1, 1, 0, 1]) await driver.input(words).send('k', 'a', { partition })
    expect(
      read(driver)
        .map(([, value]) => value)
        .toSorted(),
    ).toEqual([1, 1, 2, 2, 3])
    await driver.close()
    expect(events.toSorted()).toEqual(['close 0', 'close 1', 'init 0', 'init 1'])
  })

  it('counts under a name of its own', async () => {
    const p = pipeline('app')
    p.stream(words).process(context => () => context.count('odd_words'))
    const driver = await run(p)
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
    const driver = await run(p)
    await driver.input(words).send('k', 'a')
    await driver.input(words).send('k', 'b')
    expect(read(driver).map(([, value]) => value)).toEqual(['a1', 'a2', 'b1', 'b2'])
  })
})

describe('process refuses', () => {
  const begin = () => {
    const p = pipeline('app')
    return { p, stream: p.stream(words) }
  }

  it('a store that nobody added', () => {
    const { p, stream } = begin()
    stream.process(() => () => {}, { stores: ['nowhere'] })
    expect(() => p.lower()).toThrow(
      /BAD_TOPOLOGY: there is no store "nowhere".*store nowhere.*process\.test\.ts.*addStore/s,
    )
  })

  it('a store that no processor uses', () => {
    const { p, stream } = begin()
    p.addStore(counts)
    stream.to(topic('out', { key: string, value: string }))
    expect(() => p.lower()).toThrow(/no processor uses the store "counts".*process\.test\.ts/s)
  })

  it('two stores of one name', () => {
    const { p } = begin()
    p.addStore(counts)
    expect(() => p.addStore(counts)).toThrow(
      /BAD_TOPOLOGY: two stores would have the name "counts".*process\.test\.ts/s,
    )
  })

  it('a processor in place of a function that makes one', () => {
    const { stream } = begin()
    expect(() => stream.process({ process() {} } as never)).toThrow(/BAD_ARGUMENT.*needs a function that makes/s)
    expect(() => stream.process(undefined as never)).toThrow(/BAD_ARGUMENT.*needs a function/s)
  })

  it.each([
    ['nothing', () => undefined],
    ['an object without process', () => ({ init() {} })],
  ])('%s from the function', async (_, factory) => {
    const { p, stream } = begin()
    stream.process(factory as never)
    await expect(run(p)).rejects.toThrow(/BAD_ARGUMENT.*answered none.*operator words\.process.*process\.test\.ts/s)
  })

  it('a store that the processor did not declare', async () => {
    const { p, stream } = begin()
    p.addStore(counts)
    stream.process(() => () => {}, { stores: [counts] })
    stream.process(context => () => void context.store(counts).get('a'))
    const driver = await run(p)
    await expect(driver.input(words).send('k', 'a')).rejects.toThrow(
      /UNKNOWN_STORE.*"counts" without having declared it.*topic words, partition 0, offset 0.*process\.test\.ts.*stores: \['counts'\]/s,
    )
  })

  it.each([
    [
      'init that throws',
      () => ({
        init: () => {
          throw new Error('no')
        },
        process() {},
      }),
      /CALLBACK: init of the processor threw: no.*process\.test/s,
    ],
    [
      'an init that rejects',
      () => ({
        init: async () => {
          throw new Error('no')
        },
        process() {},
      }),
      /CALLBACK: init of the processor threw: no/,
    ],
    [
      'a factory that throws',
      () => {
        throw new Error('no')
      },
      /CALLBACK: the function that makes the processor threw: no/,
    ],
    [
      'an init that forwards',
      (context: any) => ({ init: () => context.forward('a', 'b'), process() {} }),
      /CALLBACK: forward\(\) was called in init/,
    ],
    [
      'a timer every 0 ms',
      (context: any) => ({ init: () => context.schedule('wall-clock', 0, () => {}), process() {} }),
      /BAD_DURATION/,
    ],
  ] as [string, any, RegExp][])('%s, at the start', async (_, factory, message) => {
    const { p, stream } = begin()
    stream.process(factory)
    await expect(run(p)).rejects.toThrow(message)
  })

  it.each([
    [
      'a process that throws',
      () => () => {
        throw new Error('no')
      },
      /CALLBACK: the function threw: no.*topic words, partition 0, offset 0, operator words\.process/s,
    ],
    [
      'an asynchronous one that rejects',
      () => async () => {
        throw new Error('no')
      },
      /CALLBACK: the function threw: no.*offset 0/s,
    ],
    [
      'an unknown output',
      (context: any) => () => context.forward('k', 'v', { to: 'x' }),
      /BAD_ARGUMENT: forward\(\) to "x", which is no output/,
    ],
    [
      'an undefined value',
      (context: any) => () => context.forward('k', undefined),
      /CALLBACK: forward\(\) with an undefined value/,
    ],
    [
      'a negative timestamp',
      (context: any) => () => context.forward('k', 'v', { timestamp: -1 }),
      /CALLBACK: forward\(\) with the timestamp -1/,
    ],
  ] as [string, any, RegExp][])('%s, at the record', async (_, factory, message) => {
    const { p, stream } = begin()
    stream.process(factory)
    const driver = await run(p)
    await expect(driver.input(words).send('k', 'a')).rejects.toThrow(message)
  })

  it('to forward when nothing is being processed', async () => {
    const { p, stream } = begin()
    let late: ProcessorContext<string, string> | undefined
    stream
      .process<string, string>(context => () => void (late = context))
      .to(topic('out', { key: string, value: string }))
    const driver = await run(p)
    await driver.input(words).send('k', 'a')
    expect(() => late!.forward('k', 'v')).toThrow(/CALLBACK: forward\(\) was called while nothing was being processed/)
  })

  it('a timer of processValues that forwards', async () => {
    const { p, stream } = begin()
    stream
      .processValues<string>(context => {
        context.schedule('wall-clock', 10, () => context.forward('v'))
        return () => {}
      })
      .to(topic('out', { key: string, value: string }))
    const driver = await run(p)
    await expect(driver.advance(10)).rejects.toThrow(/CALLBACK: processValues\(\) forwarded in a timer/)
  })

  it('to let a processor catch what an operator below it threw', async () => {
    const p = pipeline('app', { value: json() })
    p.stream(words)
      .process<string, string>(context => (value, key) => {
        try {
          void context.forward(key, value)
        } catch {
          // Swallowed here, and told all the same.
        }
      })
      .skip()
      .map((): string => {
        throw new Error('below')
      })
      .to(out)
    const driver = await run(p)
    await expect(driver.input(words).send('k', 'a')).rejects.toThrow(/the function threw: below.*operator words\.map/s)
  })

  it('nothing where skip() covers it: the record is left out, and counted', async () => {
    const p = pipeline('app')
    p.stream(words)
      .process<string, string>(context => (value, key) => {
        if (value === 'bad') throw new Error('bad')
        return context.forward(key, value)
      })
      .skip()
      .to(out)
    const driver = await run(p)
    for (const word of ['a', 'bad', 'b']) await driver.input(words).send('k', word)
    expect(read(driver).map(([, value]) => value)).toEqual(['a', 'b'])
    expect(driver.counters).toMatchObject({ 'skipped{words.process}': 1 })
  })
})
