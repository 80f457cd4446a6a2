import { describe, expect, test } from 'vitest'
import {
  bytes,
  json,
  long,
  pipeline,
  sessionStore,
  store,
  string,
  topic,
  versionedStore,
  windowStore,
} from '../../dsl/index.js'
import { generator } from '../../examples/shared/random.js'
import type { ProcessorContext } from '../../src/processor.js'
import { testDriver } from '../../src/testing/index.js'
import { driven } from '../testing/driven.js'

const jobs = topic('jobs', { key: string, value: json<number>() })
const results = topic('results', { key: string, value: json<unknown>() })
const counts = store('counts', { key: string, value: long })

/** Counts, forwards, and then fails as often as it is told to. */
function counting(failures: number, isAsync: boolean) {
  let left = failures
  return (context: ProcessorContext<string, unknown>) => {
    const kept = context.store(counts)
    const work = (value: number, key: string): void => {
      kept.put(key, (kept.get(key) ?? 0) + 1)
      void context.forward(key, [value, kept.get(key)], { headers: { n: '1' }, timestamp: 7 })
      void context.forward(key, 'second')
      if (left-- > 0) throw new Error('not yet')
    }
    if (!isAsync) return work
    return async (value: number, key: string): Promise<void> => {
      await context.forward(key, 'awaited')
      work(value, key)
    }
  }
}

describe.each([false, true])('a processor that fails behind what it did (asynchronous: %s)', isAsync => {
  const awaited = isAsync ? [['awaited', 5, undefined]] : []

  async function run(failures: number, attempts: number) {
    const app = pipeline('retrying', { value: json() })
    app.addStore(counts)
    const worked = app.stream(jobs).process(counting(failures, isAsync), { stores: [counts] })
    worked.retry({ attempts, backoff: '10s' }).deadLetter('dead').to(results)
    const driver = await testDriver(app)
    await driver.input(jobs).send('a', 1, { timestamp: 5 })
    const before = driver.output(results).read()
    await driver.advance('10s')
    await driver.advance('10s')
    const after = driver
      .output(results)
      .read()
      .map(({ value, timestamp, headers }) => [value, timestamp, headers.text('n')])
    const kept = [driver.store(counts).get('a'), driver.output('dead').read().length]
    await driver.close()
    return { before, after, kept }
  }

  test('is told of and kept once, by the attempt that succeeds', async () => {
    const after = [...awaited, [[1, 1], 7, '1'], ['second', 5, undefined]]
    expect(await run(2, 3)).toEqual({ before: [], after, kept: [1, 0] })
  })

  test('leaves nothing where no attempt succeeds but the dead letter', async () => {
    expect(await run(9, 3)).toEqual({ before: [], after: [], kept: [undefined, 1] })
  })
})

test('outputs that have names get what an attempt forwards once, in the order of all', async () => {
  let tries = 0
  const app = pipeline('retrying', { value: json() })
  const { odd, even } = app.stream(jobs).process<string, number, 'odd' | 'even'>(
    context => (value, key) => {
      for (let i = 0; i < value; i++) void context.forward(key, i, { to: i % 2 === 0 ? 'even' : 'odd' })
      if (++tries < 3) throw new Error('not yet')
    },
    { outputs: ['odd', 'even'] },
  )
  odd.merge(even).to(results)
  app.retry({ attempts: 3, backoff: '1s' })
  const driver = await testDriver(app)
  await driver.input(jobs).send('a', 5)
  await driver.advance('5s')
  await driver.advance('5s')
  expect(
    driver
      .output(results)
      .read()
      .map(({ value }) => value),
  ).toEqual([0, 1, 2, 3, 4])
  await driver.close()
})

test('an error from further down is not one of the processor', async () => {
  let tries = 0
  const app = pipeline('retrying', { value: json() })
  app
    .stream(jobs)
    .processValues<number>(context => value => {
      tries++
      void context.forward(value)
      void context.forward(value + 1)
    })
    .retry({ attempts: 3 })
    .map(value => {
      throw new Error(`no ${value}`)
    })
    .to(results)
  const driver = await driven(app)
  await expect(driver.input(jobs).send('a', 5)).rejects.toThrow('no 5')
  expect(tries).toBe(1)
})

test('what init writes stays, and so does what a timer did before it threw', async () => {
  const app = pipeline('retrying', { value: json() })
  app.addStore(counts)
  app
    .stream(jobs)
    .process<string, unknown>(
      context => {
        const kept = context.store(counts)
        return {
          init() {
            kept.put('init', 1)
            context.schedule('wall-clock', '1s', () => {
              kept.put('timer', 1)
              void context.forward('timer', 'tick')
              throw new Error('of the timer')
            })
          },
          process(value) {
            kept.put('record', value)
            throw new Error('of the record')
          },
        }
      },
      { stores: [counts] },
    )
    .retry({ attempts: 1 })
    .skip()
    .to(results)
  const driver = await testDriver(app)
  await driver.input(jobs).send('a', 5)
  await driver.advance('1s')
  const kept = driver.store(counts)
  expect(['init', 'timer', 'record'].map(key => kept.get(key))).toEqual([1, 1, undefined])
  expect(
    driver
      .output(results)
      .read()
      .map(({ value }) => value),
  ).toEqual(['tick'])
  await driver.close()
})

/** One write to one of the stores. */
interface Write {
  readonly store: 'plain' | 'window' | 'session' | 'versioned'
  readonly key: number
  readonly time: number
  readonly value: number | null
}

interface Command {
  readonly writes: readonly Write[]
  readonly fails: boolean
}

const commands = topic('commands', { key: string, value: json<Command>() })
const plain = store('plain', { key: bytes, value: json<{ n: number }>() })
const windows = windowStore('windows', { key: bytes, value: long, size: 10, retention: 200 })
const sessions = sessionStore('sessions', { key: bytes, value: long, retention: 200 })
const versions = versionedStore('versions', { key: string, value: long, history: 100 })
const stores = [plain, windows, sessions, versions]
const keys = [0, 1, 2]

/** Writes as it is told to, tells of everything that the stores hold, and fails where it should. */
const writer = (context: ProcessorContext<string, unknown>) => {
  const [kept, perWindow, perSession, perVersion] = [
    context.store(plain),
    context.store(windows),
    context.store(sessions),
    context.store(versions),
  ]
  // One buffer for all keys: how a write is undone must not depend on it.
  const key = Buffer.alloc(1)
  const found = () =>
    keys.map(each => {
      key[0] = each
      return [
        kept.get(key),
        kept.timestampOf(key),
        perWindow.fetch(key, 0, 1000).map(([{ start }, value]) => [start, value]),
        perSession.fetch(key, 0, 1000).map(([{ start, end }, value]) => [start, end, value]),
        Array.from({ length: 40 }, (_, i) => perVersion.at(String(each), i * 10)),
        perVersion.timestampOf(String(each)),
      ]
    })
  const write = ({ store: name, key: each, time, value }: Write): void => {
    key[0] = each
    const start = time - (time % 10)
    if (name === 'plain') kept.put(key, value === null ? null : { n: value }, time)
    else if (name === 'window') perWindow.put({ key: Buffer.from(key), start, end: start + 10 }, value, time)
    else if (name === 'session') perSession.put({ key: Buffer.from(key), start, end: time }, value, time)
    else perVersion.put(String(each), value, time)
  }
  return async ({ writes, fails }: Command): Promise<void> => {
    for (const each of writes) write(each)
    if (fails) throw new Error('as told')
    const all: unknown[] = []
    for await (const [window, value] of perWindow.all()) all.push([window.start, value])
    for await (const [window, value] of perSession.all()) all.push([window.start, window.end, value])
    for await (const entry of kept.all()) all.push(entry[1])
    await context.forward('state', [found(), all])
  }
}

async function statesOf(given: readonly Command[]): Promise<unknown[]> {
  const app = pipeline('retrying', { value: json() })
  for (const each of stores) app.addStore(each)
  app.stream(commands).process(writer, { stores }).retry({ attempts: 1 }).skip().to(results)
  const driver = await driven(app, { restartEvery: 9 })
  for (const command of given) await driver.input(commands).send('k', command, { timestamp: 1 })
  const states = driver.output(results).read()
  await driver.close()
  return states.map(({ value }) => value)
}

test('stores are as if attempts that failed had never been, whatever those wrote', async () => {
  const seed = Math.floor(Math.random() * 1_000_000)
  console.log(`seed ${seed}`)
  const random = generator(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const kinds = ['plain', 'window', 'session', 'versioned'] as const
  const write = (i: number, fails: boolean): Write => ({
    store: kinds[below(4)]!,
    key: below(3),
    // Some are so far ahead that they would end all that is kept.
    time: Math.max(0, i + below(60) - 40 + (fails && below(5) === 0 ? 1_000 : 0)),
    value: below(4) === 0 ? null : below(100),
  })
  const given = Array.from({ length: 250 }, (_, i): Command => {
    const fails = i % 10 !== 9 && below(3) === 0
    return { fails, writes: Array.from({ length: 1 + below(6) }, () => write(i, fails)) }
  })
  const found = await statesOf(given)
  const expected = await statesOf(given.filter(({ fails }) => !fails))
  expect(found).toHaveLength(expected.length)
  for (const [i, state] of found.entries()) expect(state, `state ${i}, seed ${seed}`).toEqual(expected[i])
})

test('the stream time of a processor does not go back for a late record that is tried again', async () => {
  const p = pipeline('app', { value: json() })
  let tries = 0
  p.stream(jobs)
    .map(job => {
      if (job === 2 && tries++ === 0) throw new Error('the first try')
      return job
    })
    .retry({ attempts: 2, backoff: '1s' })
    .processValues<unknown>(context => job => context.forward([job, context.streamTime()]))
    .to(results)
  const driver = await driven(p)
  await driver.input(jobs).send('a', 1, { timestamp: 100 })
  await driver.input(jobs).send('b', 2, { timestamp: 5 })
  await driver.input(jobs).send('a', 3, { timestamp: 101 })
  await driver.advance('1s')
  await driver.input(jobs).send('a', 4, { timestamp: 102 })
  const told = driver.output(results).read()
  // It waits at 100 for the second one.
  expect(told.map(({ value }) => value)).toEqual([
    [1, 100],
    [3, 100],
    [2, 100],
    [4, 102],
  ])
})
