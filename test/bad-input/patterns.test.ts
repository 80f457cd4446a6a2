import { describe, expect, it, vi } from 'vitest'
import { exponential, merge, string, topic, type Pipeline, type RetryOptions, type Stream } from '../../dsl/index.js'
import type { TestDriver } from '../../src/testing/index.js'
import { driven } from '../testing/driven.js'
import { ManualClock } from '../../src/testing/manual-clock.js'
import { logWith, read, write } from '../patterns/helpers.js'
import { expectRefused, made, type Refused } from './refusal.js'

const input = topic('input', { key: string, value: string })
const other = topic('other', { key: string, value: string })
const output = topic('output', { key: string, value: string })

/** A line of this file: that of the user's chain. */
const here = /patterns\.test\.ts:\d+:\d+/

const answer = async (value: string): Promise<string> => value
const calling = (p: Pipeline, options: object) => p.stream(input).mapAsync(answer, options).to(output)
const retrying = (p: Pipeline, options: unknown) =>
  p
    .stream(input)
    .map(identity)
    .retry(options as RetryOptions)
const sharding = (p: Pipeline, options: object) => p.stream(input).shard({ by: identity, shards: 2, ...options })
const identity = (value: string): string => value
const barrier = { timeout: '1m' } as const

describe('a pattern that cannot be is refused, with the line of the chain and what to do', () => {
  it.each<Refused>([
    ['a split without names', 'BAD_ARGUMENT', /split\(\) without names/, p => p.stream(input).split({})],
    [
      'a split by a list',
      'BAD_ARGUMENT',
      /split\(\) without names/,
      p => p.stream(input).split([(value: string) => value === ''] as never),
    ],
    ['a split by no function', 'BAD_ARGUMENT', /split\(\{ a \}\)/, p => p.stream(input).split({ a: 'x' as never })],
    [
      'a branch that takes the name of the rest',
      'BAD_ARGUMENT',
      /rest/,
      p => p.stream(input).split({ rest: (() => true) as never }),
    ],
    [
      'no shards',
      'BAD_ARGUMENT',
      /shard\(\) over 0 partitions/,
      p => p.stream(input).shard({ by: identity, shards: 0 }),
    ],
    [
      'half a shard',
      'BAD_ARGUMENT',
      /shard\(\) over 0\.5 partitions/,
      p => p.stream(input).shard({ by: identity, shards: 0.5 }),
    ],
    ['no copies', 'BAD_ARGUMENT', /copy\(0\)/, p => p.stream(input).copy(0)],
    ['a race of none', 'BAD_ARGUMENT', /race: 0/, p => p.stream(input).copy({ race: 0 })],
    [
      'a race of something else than calls',
      'BAD_ARGUMENT',
      /copy\(\{ race \}\)\.map: a race has nothing but mapAsync/,
      p => (p.stream(input).copy({ race: 2 }) as unknown as Stream<string, string>).map(identity),
    ],
    ['a cron line that does not parse', 'BAD_ARGUMENT', /"61 \* \* \* \*".*does not parse/, p => p.every('61 * * * *')],
    ['no cron line', 'BAD_ARGUMENT', /does not parse/, p => p.every('')],
    ['a cron line whose time never comes', 'BAD_ARGUMENT', /never comes/, p => p.every('0 0 30 2 *')],
    ['a retry policy without an end', 'BAD_ARGUMENT', /has no end/, p => retrying(p, { attempts: Infinity })],
    ['a retry policy of nothing', 'BAD_ARGUMENT', /has no end/, p => retrying(p, undefined)],
    ['a wait that is no time', 'BAD_DURATION', /backoff/, p => retrying(p, { attempts: 2, backoff: -5 })],
    [
      'a wait that is named',
      'BAD_DURATION',
      /backoff.*write .* exponential\('1s'/s,
      p => retrying(p, { attempts: 2, backoff: 'exponential' as never }),
    ],
    [
      'a hedge that is named',
      'BAD_DURATION',
      /mapAsync\(\{ hedge \}\) "slow".*such as 'p95'/s,
      p => calling(p, { concurrency: 2, hedge: { after: 'slow' as never } }),
    ],
    [
      'a retry for nothing',
      'BAD_TOPOLOGY',
      /covers no operator/,
      p => p.stream(input).retry({ attempts: 2 }).to(output),
    ],
    [
      'a retry for an aggregate alone',
      'BAD_TOPOLOGY',
      /covers no operator.*aggregates/s,
      p =>
        p
          .stream(input)
          .groupByKey()
          .count()
          .toStream()
          .retry({ attempts: 2 })
          .forEach(identity as never),
    ],
    ['an effect without a name', 'BAD_ARGUMENT', /effect ""/, p => p.stream(input).effect('', answer)],
    ['an effect of nothing', 'BAD_ARGUMENT', /effect\(\)/, p => p.stream(input).effect('mail', 'mail' as never)],
    ['a call that has no time', 'BAD_ARGUMENT', /timeout: 0/, p => calling(p, { timeout: 0 })],
    ['a call that may take for ever', 'BAD_DURATION', /timeout/, p => calling(p, { timeout: Infinity })],
    [
      'a hedge without room for a second call',
      'BAD_ARGUMENT',
      /hedge, with concurrency: 1/,
      p => calling(p, { concurrency: 1, hedge: { after: '1s' } }),
    ],
    ['no call at a time', 'BAD_ARGUMENT', /concurrency: 0/, p => calling(p, { concurrency: 0 })],
    ['an order of no kind', 'BAD_ARGUMENT', /order: 'sorted' is not known/, p => calling(p, { order: 'sorted' })],
    ['a hedge behind all', 'BAD_ARGUMENT', /p100/, p => calling(p, { hedge: { after: 'p100' } })],
    ['no room for what waits', 'BAD_ARGUMENT', /records: 0/, p => calling(p, { buffer: { records: 0 } })],
    ['room in a text', 'BAD_ARGUMENT', /bytes: "5"/, p => calling(p, { buffer: { bytes: '5' } })],
    ['a wait that is a bigint', 'BAD_DURATION', /delay\(\) 10n is not/, p => p.stream(input).delay(10n as never)],
    ['zones that are a bigint', 'BAD_ARGUMENT', /zones: 10n/, p => sharding(p, { zones: 10n })],
    ['a zone that is a bigint', 'BAD_ARGUMENT', /zone 10n/, p => sharding(p, { zones: [10n] })],
    ['a rate that is a symbol', 'BAD_ARGUMENT', /rate: Symbol/, p => p.stream(input, { rate: Symbol('r') as never })],
    ['a rate that is a bigint', 'BAD_ARGUMENT', /rate: 10n/, p => p.stream(input, { rate: 10n as never })],
    ['a priority of a bigint', 'BAD_ARGUMENT', /priority: 10n/, p => p.stream(input, { priority: 10n as never })],
    [
      'a merge by weights that are no numbers',
      'BAD_ARGUMENT',
      /weights: \[ NaN, 1n \]/,
      p => p.stream(input).merge(p.stream(other), { weights: [Number.NaN, 1n as never] }),
    ],
    ['a factor in a text', 'BAD_ARGUMENT', /factor: "2"/, () => exponential('1s', { factor: '2' as never })],
    ['a jitter that is true', 'BAD_ARGUMENT', /jitter: true/, () => exponential('1s', { jitter: true as never })],
    [
      'a copy of nothing',
      'BAD_ARGUMENT',
      /function of copy\(\{ mails \}\) answered undefined/,
      p => p.stream(input).copy({ mails: (() => {}) as never }),
    ],
    ['a barrier of a text', 'BAD_ARGUMENT', /merge\.all\(\) needs a stream/, () => merge.all('ab' as never, barrier)],
    [
      'a barrier that misses a stream',
      'BAD_ARGUMENT',
      /merge\.all\(\) needs a stream/,
      p => merge.all({ a: p.stream(input), b: undefined as never }, barrier),
    ],
    [
      'a barrier of a table',
      'BAD_ARGUMENT',
      /merge\.all\(\) needs streams, not a table/,
      p => merge.all({ a: p.stream(input), b: p.table(other) as never }, barrier),
    ],
    [
      'parts whose names are none',
      'BAD_ARGUMENT',
      /expect: \[ 'a', null \]/,
      p => merge.all(p.stream(input), { ...barrier, part: identity, expect: ['a', null as never] }),
    ],
  ])('%s', (...refused) => expectRefused(refused, here))
})

describe('an effect that never answers', () => {
  const never = (): Promise<string> => new Promise(() => {})

  it('is given up after 30 seconds: the pipeline stops with its place, and the next run makes it again with its key', async () => {
    const keys: string[] = []
    const mailing = (send: (value: string) => Promise<string>) =>
      made(p =>
        p
          .stream(input)
          .effect('mail', (value, { idempotencyKey }) => {
            keys.push(idempotencyKey)
            return send(value)
          })
          .to(output),
      )
    const log = await logWith(['input', 'output'])
    await write(
      log,
      ['x', 'y'].map(value => ({ topic: 'input', key: value, value })),
    )
    const clock = new ManualClock(0)
    const first = await mailing(never).start({ log, clock, onError: () => {} })
    await vi.waitUntil(() => keys.length === 2)
    clock.moveTo(30_000)
    await expect(first.closed).rejects.toMatchObject({
      code: 'CALL_TIMEOUT',
      place: { topic: 'input', partition: 0, offset: 0, operator: 'mail.effect', line: expect.stringMatching(here) },
      hint: expect.stringMatching(/timeout.*retry/),
    })
    const second = await mailing(answer).start({ log, clock })
    await second.drained()
    await second.close()
    expect(await read(log, 'output')).toEqual(['x', 'y'].map(value => ({ key: value, value })))
    expect(keys.toSorted()).toEqual([0, 0, 1, 1].map(offset => `bad:mail:input:0:${offset}:0`))
    await log.close()
  })

  it('is a dead letter where there is such a topic, behind all its attempts, and holds nobody else back', async () => {
    const attempts: number[] = []
    const driver = await running(p =>
      p
        .stream(input)
        .effect('mail', (value, { attempt }) => (value === 'x' ? (attempts.push(attempt), never()) : answer(value)), {
          timeout: '5s',
        })
        .retry({ attempts: 2, backoff: '1s' })
        .deadLetter('dead')
        .to(output),
    )
    const sent = ['x', 'y'].map(value => driver.input(input).send(value, value))
    for (let i = 0; i < 11; i++) await under(driver, '1s')
    await Promise.all(sent)
    expect(driver.output(output).read()).toMatchObject([{ key: 'y' }])
    const letters = driver.output('dead').read()
    expect(letters.map(({ headers }) => [headers.text('sluice.code'), headers.text('sluice.attempt')])).toEqual([
      ['CALL_TIMEOUT', '2'],
    ])
    expect(attempts).toEqual([1, 2])
    expect(total(driver, 'timed_out')).toBe(2)
  })
})

describe('a policy that fails itself', () => {
  it.each<[string, Partial<RetryOptions>, RegExp]>([
    ['a wait of no number', { backoff: () => Number.NaN }, /backoff.*answered NaN/],
    ['a wait that throws', { backoff: () => raise('no wait') }, /no wait/],
    ['a choice that throws', { on: () => raise('no choice') }, /no choice/],
  ])('%s: the record is a dead letter, the others go on', async (_, policy, says) => {
    const fail = (value: string): string => (value === 'x' ? raise('no x') : value)
    for (const how of ['map', 'mapAsync'] as const) {
      const driver = await running(p => {
        const stream = p.stream(input)
        const worked = how === 'map' ? stream.map(fail) : stream.mapAsync(async value => fail(value))
        return worked
          .retry({ attempts: 3, ...policy })
          .deadLetter('dead')
          .to(output)
      })
      for (const value of ['x', 'y']) await driver.input(input).send('k', value)
      const [letter] = driver.output('dead').read()
      expect(Buffer.from(letter!.value as Uint8Array).toString()).toBe('x')
      expect(letter!.headers.text('sluice.error')).toMatch(says)
      expect(driver.output(output).read()).toMatchObject([{ value: 'y' }])
    }
  })
})

async function running(write: (p: Pipeline) => unknown): Promise<TestDriver> {
  return driven(made(write))
}

/** Moves the clock on while calls are under way, which `advance` would wait for. */
async function under(driver: TestDriver, time: string): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise(resolve => setImmediate(resolve))
  void driver.advance(time as never).catch(() => {})
  for (let i = 0; i < 10; i++) await new Promise(resolve => setImmediate(resolve))
}

function raise(what: string): never {
  throw new Error(what)
}

function total(driver: TestDriver, what: string): number {
  const found = Object.entries(driver.counters).filter(([name]) => name.startsWith(what))
  return found.reduce((sum, [, n]) => sum + n, 0)
}
