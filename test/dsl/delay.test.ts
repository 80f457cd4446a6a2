import { describe, expect, it } from 'vitest'
import {
  json,
  long,
  pipeline,
  string,
  topic,
  tumbling,
  windowed,
  type DelayOptions,
  type Pipeline,
} from '../../dsl/index.js'
import type { DriverOptions, TestDriver } from '../../src/testing/index.js'
import { driven } from '../testing/driven.js'

const input = topic('input', { key: string, value: string })
const timed = topic('timed', { key: string, value: json<{ at: number; text: string }>() })
const out = topic('out', { key: string, value: string })

async function drive(p: Pipeline, options: DriverOptions = {}): Promise<TestDriver> {
  return driven(p, { now: 1_000, ...options })
}

function delayed(options: DelayOptions<string, string> = {}): Pipeline {
  const p = pipeline('app')
  p.stream(input).delay('10s', options).to(out)
  return p
}

function delivered(options: DelayOptions<string, unknown> = {}): Pipeline {
  const p = pipeline('app', { value: json() })
  p.stream(timed)
    .deliverAt(({ at }) => at, options)
    .map(({ text }) => text)
    .to(out)
  return p
}

const texts = (driver: TestDriver) =>
  driver
    .output(out)
    .read()
    .map(({ value }) => value)

describe('delay', () => {
  it('lets a record through when the wall clock has moved on, with key, value and headers, at the time it was due', async () => {
    const driver = await drive(delayed())
    await driver.input(input).send('k', 'a', { timestamp: 500, headers: { source: 'app' } })
    await driver.advance('9999ms')
    expect(driver.output(out).read()).toEqual([])
    await driver.advance(1)
    const [record] = driver.output(out).read()
    expect(record).toMatchObject({ key: 'k', value: 'a', timestamp: 11_000 })
    expect(record!.headers.text('source')).toBe('app')
    await driver.advance('1h')
    expect(driver.output(out).read()).toEqual([])
  })

  it("keeps the record's own time where asked to", async () => {
    const driver = await drive(delayed({ timestamp: 'record' }))
    await driver.input(input).send('k', 'a', { timestamp: 500 })
    await driver.advance('10s')
    expect(driver.output(out).read()).toMatchObject([{ value: 'a', timestamp: 500 }])
  })

  it('counts from when a record comes, not from its timestamp', async () => {
    const driver = await drive(delayed())
    await driver.input(input).send('k', 'a', { timestamp: 0 })
    await driver.advance('4s')
    await driver.input(input).send('k', 'b', { timestamp: 1 })
    await driver.advance('6s')
    expect(texts(driver)).toEqual(['a'])
    await driver.advance('4s')
    expect(texts(driver)).toEqual(['b'])
  })

  it('passes at once what is not delayed at all', async () => {
    const p = pipeline('app')
    p.stream(input).delay(0).to(out)
    const driver = await drive(p)
    await driver.input(input).send('k', 'a', { timestamp: 5_000 })
    expect(driver.output(out).read()).toMatchObject([{ value: 'a', timestamp: 5_000 }])
  })

  it('can follow another one, and a stream without keys', async () => {
    const p = pipeline('app')
    p.stream(input, { keyless: true, tombstones: true })
      .delay('1s')
      .delay('2s')
      .to(out as never)
    const driver = await drive(p)
    await driver.input('input').send(null, 'a')
    await driver.input('input').send('k', null)
    await driver.advance('2999ms')
    expect(driver.output(out).read()).toEqual([])
    await driver.advance(1)
    expect(driver.output(out).read()).toMatchObject([
      { key: null, value: 'a' },
      { key: 'k', value: null },
    ])
  })

  it('makes no record late for a window downstream', async () => {
    const p = pipeline('app')
    const counts = topic('counts', { key: windowed(string), value: long })
    p.stream(input).delay('10s').groupByKey().windowedBy(tumbling('1s')).count({ as: 'counts' }).toStream().to(counts)
    const driver = await drive(p)
    for (const timestamp of [900, 1, 500]) await driver.input(input).send('k', 'a', { timestamp })
    await driver.advance('10s')
    const told = driver.output(counts).read()
    expect(told.map(({ key, value }) => [key!.start, value])).toEqual([
      [11_000, 1],
      [11_000, 2],
      [11_000, 3],
    ])
    expect(driver.counters).toEqual({})
  })
})

describe('deliverAt', () => {
  const at = (time: number, text: string) => ({ at: time, text })

  it('delivers in the order of time, then of arrival', async () => {
    const driver = await drive(delivered())
    const send = (time: number, text: string) => driver.input(timed).send('k', at(time, text), { timestamp: 0 })
    await send(5_000, 'b1')
    await send(3_000, 'a')
    await send(5_000, 'b2')
    await send(9_000, 'c')
    await driver.advance('4s')
    expect(texts(driver)).toEqual(['a', 'b1', 'b2'])
    await driver.advance('4s')
    expect(texts(driver)).toEqual(['c'])
  })

  it('delivers at once what is past, with its own time', async () => {
    const driver = await drive(delivered())
    await driver.input(timed).send('k', at(400, 'past'), { timestamp: 700 })
    await driver.input(timed).send('k', at(1_000, 'now'), { timestamp: 700 })
    expect(driver.output(out).read()).toMatchObject([
      { value: 'past', timestamp: 700 },
      { value: 'now', timestamp: 1_000 },
    ])
  })

  it('takes a Date', async () => {
    const p = pipeline('app', { value: json() })
    p.stream(timed)
      .deliverAt(v => new Date(v.at))
      .map(v => v.text)
      .to(out)
    const driver = await drive(p)
    await driver.input(timed).send('k', at(2_000, 'a'), { timestamp: 0 })
    expect(texts(driver)).toEqual([])
    await driver.advance('1s')
    expect(texts(driver)).toEqual(['a'])
  })

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])(
    'fails a record whose time is %s, as the policy says',
    async time => {
      const p = pipeline('app', { value: json() })
      p.stream(input)
        .deliverAt(() => time)
        .skip()
        .to(out)
      const driver = await drive(p)
      await driver.input(input).send('k', 'a')
      expect(driver.counters).toMatchObject({ 'skipped{input-deliverAt.deliverAt}': 1 })
    },
  )

  it.each([undefined, 1, 3])(
    'delivers each once, in order, with a restart after every %s records',
    async restartEvery => {
      const driver = await drive(delivered(), restartEvery === undefined ? {} : { restartEvery })
      const times = [9, 4, 4, 7, 2, 9, 4, 1].map(seconds => seconds * 1_000)
      for (const [i, time] of times.entries()) {
        await driver.input(timed).send(`k${i % 3}`, at(time, `${time}-${i}`), { timestamp: i })
      }
      const seen = texts(driver)
      for (let second = 0; second < 10; second++) {
        await driver.advance('1s')
        seen.push(...texts(driver))
        if (restartEvery !== undefined) await driver.restart()
      }
      expect(seen).toEqual(['1000-7', '2000-4', '4000-1', '4000-2', '4000-6', '7000-3', '9000-0', '9000-5'])
    },
  )

  it('delivers after a pause of the process what came due in it', async () => {
    const driver = await drive(delivered())
    await driver.input(timed).send('k', at(5_000, 'a'), { timestamp: 0 })
    await driver.input(timed).send('k', at(4_000, 'b'), { timestamp: 0 })
    await driver.restart()
    await driver.advance('1h')
    expect(texts(driver)).toEqual(['b', 'a'])
  })

  it('goes on in turns where many are due at once', async () => {
    const driver = await drive(delivered())
    const count = 2_000
    for (let i = 0; i < count; i++) void driver.input(timed).send('k', at(5_000, String(i)), { timestamp: 0 })
    await driver.settle()
    await driver.advance('4s')
    expect(texts(driver)).toEqual(Array.from({ length: count }, (_, i) => String(i)))
  })

  it('begins a task of a user when the earlier one has finished, where calls keep the order of keys', async () => {
    const steps: string[] = []
    const p = pipeline('app', { value: json() })
    p.stream(timed)
      .deliverAt(({ at: time }) => time)
      .mapAsync(
        async ({ text }, user) => {
          steps.push(`${user} begins ${text}`)
          for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve))
          steps.push(`${user} ends ${text}`)
          return text
        },
        { order: 'key', concurrency: 8 },
      )
      .to(out)
    const driver = await drive(p)
    await driver.input(timed).send('ann', at(3_000, 'second'), { timestamp: 0 })
    await driver.input(timed).send('ann', at(2_000, 'first'), { timestamp: 0 })
    await driver.input(timed).send('bob', at(2_500, 'other'), { timestamp: 0 })
    await driver.restart({ away: '5s' })
    const of = (user: string) => steps.filter(step => step.startsWith(user))
    expect(of('ann')).toEqual(['ann begins first', 'ann ends first', 'ann begins second', 'ann ends second'])
    expect(steps.indexOf('bob begins other')).toBeLessThan(steps.indexOf('ann ends first'))
    expect(texts(driver).toSorted()).toEqual(['first', 'other', 'second'])
  })

  it('fails a record that the store cannot write, as the policy says', async () => {
    const p = pipeline('app', { value: json() })
    p.stream(input)
      .map(() => 5n)
      .delay('1s')
      .map(String)
      .skip()
      .to(out as never)
    const driver = await drive(p)
    await driver.input(input).send('k', 'a')
    await driver.advance('1s')
    expect(driver.output(out).read()).toEqual([])
    expect(driver.counters).toEqual({ 'skipped{input-delay.delay}': 1 })
  })

  it('sends a dead letter with the record as it came, where one fails after its delay', async () => {
    const dead = topic('dead', { key: string, value: json<{ at: number; text: string }>() })
    const p = pipeline('app', { value: json() })
    p.stream(timed)
      .map(value => ({ ...value, text: `${value.text}!` }))
      .deliverAt(({ at: time }) => time)
      .map(value => {
        throw new Error(`no ${value.text}`)
      })
      .deadLetter('dead')
      .to(out)
    const driver = await drive(p)
    await driver.input(timed).send('j', at(1, 'first'), { timestamp: 0 })
    await driver.input(timed).send('k', at(2_000, 'a'), { timestamp: 77, headers: { own: 'x' } })
    await driver.restart()
    await driver.advance('1s')
    const letters = driver.output(dead).read()
    expect(letters.map(({ value }) => value)).toEqual([at(1, 'first'), at(2_000, 'a')])
    const { headers, timestamp } = letters[1]!
    expect(timestamp).toBe(77)
    const parts = ['own', 'sluice.topic', 'sluice.offset', 'sluice.error', 'sluice.operator']
    expect(parts.map(name => headers.text(name))).toEqual(['x', 'timed', '1', 'no a!', 'timed-deliverAt.map'])
  })
})

describe('what is refused', () => {
  it('a duration that is none', () => {
    const stream = pipeline('app').stream(input)
    expect(() => stream.delay('soon' as never)).toThrow(/BAD_DURATION.*delay\(\) "soon".*delay\.test\.ts/s)
    expect(() => stream.delay(-1)).toThrow(/BAD_DURATION/)
  })

  it('a time that is no function', () => {
    expect(() =>
      pipeline('app')
        .stream(input)
        .deliverAt(5 as never),
    ).toThrow(/BAD_ARGUMENT.*deliverAt\(\)/)
  })

  it('a timestamp that is none of both', () => {
    const stream = pipeline('app').stream(input)
    expect(() => stream.delay(1, { timestamp: 'mine' as never })).toThrow(/BAD_ARGUMENT.*'due'.*'record'/s)
  })

  it('a chain that ends with it, and values without a serde', () => {
    const ends = pipeline('app')
    ends.stream(input).delay(1)
    expect(() => ends.lower()).toThrow(/ends in nothing/)
    const mapped = pipeline('app')
    mapped
      .stream(input)
      .map(value => value.length)
      .delay(1)
      .map(String)
      .to(out as never)
    expect(() => mapped.lower()).toThrow(/NO_SERDE/)
  })

  it('two of one name', () => {
    const p = pipeline('app')
    p.stream(input).delay(1).to(out)
    p.stream(input).delay(2).to(out)
    expect(() => p.lower()).toThrow(/two stores would have the name "input-delay".*as: '…'/s)
  })
})
