import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { json, pipeline, string, topic, type DedupeOptions } from '../../dsl/index.js'
import type { DriverOptions, TestDriver } from '../../src/testing/index.js'
import { driven } from '../testing/driven.js'

const payments = topic('payments', { key: string, value: string })
const out = topic('out', { key: string, value: string })

async function run(options: DedupeOptions<string, string>, more: DriverOptions = {}): Promise<TestDriver> {
  const p = pipeline('app')
  p.stream(payments).dedupe(options).to(out)
  return driven(p, more)
}

type Sent = readonly [key: string, value: string, timestamp: number]

async function through(driver: TestDriver, sent: readonly Sent[]): Promise<Sent[]> {
  for (const [key, value, timestamp] of sent) await driver.input(payments).send(key, value, { timestamp })
  return driver
    .output(out)
    .read()
    .map(({ key, value, timestamp }) => [key!, value!, timestamp] as const)
}

describe('dedupe', () => {
  it('passes the first of equal records, up to the time, before and after', async () => {
    const driver = await run({ by: value => value, within: 10 })
    const sent: Sent[] = [
      ['k', 'a', 100],
      ['k', 'a', 101],
      ['k', 'a', 110],
      ['k', 'b', 105],
      ['l', 'a', 105],
      ['k', 'a', 111],
      ['k', 'b', 104],
      ['k', 'a', 121],
      ['k', 'a', 122],
    ]
    expect(await through(driver, sent)).toEqual([
      ['k', 'a', 100],
      ['k', 'b', 105],
      ['l', 'a', 105],
      ['k', 'a', 111],
      ['k', 'a', 122],
    ])
    expect(driver.counters).toEqual({ 'duplicates_dropped{payments-dedupe.dedupe}': 4 })
  })

  it('counts what comes after the grace as late, and drops it', async () => {
    const driver = await run({ within: 10, grace: 5 })
    const sent: Sent[] = [
      ['k', 'a', 100],
      ['l', 'a', 95],
      ['m', 'a', 94],
    ]
    expect(await through(driver, sent)).toEqual(sent.slice(0, 2))
    expect(driver.counters).toEqual({ 'late_records{payments-dedupe.dedupe}': 1 })
  })

  it('tells ids of different types apart', async () => {
    const ids = [1, '1', 1n, true, 'true', 'n1', -1, 0.5]
    const p = pipeline('app')
    p.stream(payments)
      .dedupe({ by: value => ids[Number(value)]!, within: 10 })
      .to(out)
    const driver = await driven(p)
    const sent = ids.flatMap((_, i): Sent[] => [
      ['k', `${i}`, 1],
      ['k', `${i}`, 2],
    ])
    expect((await through(driver, sent)).map(([, value]) => Number(value))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('equals a plain search through all that has passed, also when it is restarted', async () => {
    const record = fc.record({ key: fc.nat(2), id: fc.nat(1), timestamp: fc.nat(60) })
    const options = fc.record({ within: fc.nat(12), grace: fc.nat(20), restartEvery: fc.constantFrom(undefined, 1, 3) })
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 25 }),
        options,
        async (records, { within, grace, restartEvery }) => {
          const driver = await run(
            { by: value => value, within, grace },
            restartEvery === undefined ? { partitions: 2 } : { restartEvery },
          )
          const sent = records.map(({ key, id, timestamp }): Sent => [`k${key}`, `${id}`, timestamp])
          // Two partitions have two times; the plain search knows one.
          const single = restartEvery !== undefined
          const passed: Sent[] = []
          let latest = -1
          for (const each of sent) {
            const [key, value, timestamp] = each
            latest = Math.max(latest, timestamp)
            if (timestamp < latest - grace) continue
            const equal = passed.some(([k, v, t]) => k === key && v === value && Math.abs(t - timestamp) <= within)
            if (!equal) passed.push(each)
          }
          const result = await through(driver, sent)
          if (single) expect(result).toEqual(passed)
          else for (const [i, each] of result.entries()) expect(isFirst(each, result.slice(0, i), within)).toBe(true)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('drops what came too late, although it had to be tried again', async () => {
    const p = pipeline('app', { value: json() })
    let tries = 0
    p.stream(payments)
      .filter((value, _, { offset }) => {
        if (offset === 2 && tries++ === 0) throw new Error(`the first try of ${value}`)
        return true
      })
      .retry({ attempts: 2, backoff: '1s' })
      .dedupe({ by: value => value, within: 10, grace: 10 })
      .to(topic('out', { key: string, value: json<string>() }))
    const driver = await driven(p)
    await driver.input(payments).send('k', 'paid', { timestamp: 5 })
    await driver.input(payments).send('k', 'much later', { timestamp: 100_000 })
    await driver.input(payments).send('k', 'paid', { timestamp: 5 })
    await driver.advance('1s')
    const out = driver.output(topic('out', { key: string, value: json<string>() })).read()
    expect(out.map(({ value }) => value)).toEqual(['paid', 'much later'])
    expect(tries).toBe(2)
  })

  it('forgets, in the store and in the changelog', async () => {
    const driver = await run({ by: value => value, within: 1000 })
    for (let i = 0; i < 200; i++) await driver.input(payments).send('k', `${i}`, { timestamp: i * 100 })
    const changes = driver.output('app-payments-dedupe-changelog').read()
    const present = new Set<string>()
    for (const { key, value } of changes) {
      const id = Buffer.from(key as Buffer).toString('hex')
      if (value === null) present.delete(id)
      else present.add(id)
    }
    // 2 s are remembered, some more until the next sweep: of 200 entries not even 40.
    expect(present.size).toBeGreaterThan(19)
    expect(present.size).toBeLessThan(40)
  })
})

function isFirst([key, value, timestamp]: Sent, before: readonly Sent[], within: number): boolean {
  return !before.some(([k, v, t]) => k === key && v === value && Math.abs(t - timestamp) <= within)
}

describe('dedupe refuses', () => {
  it('to do without a time', () => {
    expect(() =>
      pipeline('app')
        .stream(payments)
        .dedupe({} as never),
    ).toThrow(/BAD_ARGUMENT.*how long.*dedupe\.test\.ts/s)
    expect(() => pipeline('app').stream(payments).dedupe({ within: -1 })).toThrow(/BAD_DURATION/)
  })

  it('a stream that is not partitioned by its key', () => {
    const rekeyed = pipeline('app')
      .stream(payments)
      .selectKey(value => value)
    // @ts-expect-error: it does not compile either
    expect(() => rekeyed.dedupe({ within: 1 })).toThrow(/BAD_TOPOLOGY.*write \.repartition\(\).* before dedupe/s)
  })

  it('an id that is an object', async () => {
    const driver = await run({ by: () => ({}) as never, within: 1 })
    await expect(driver.input(payments).send('k', 'a')).rejects.toThrow(
      /CALLBACK: the function of dedupe.*answered object/s,
    )
  })

  it('an id that is promised, whatever becomes of the promise', async () => {
    const driver = await run({ by: (() => Promise.reject(new Error('late'))) as never, within: 1 })
    await expect(driver.input(payments).send('k', 'a')).rejects.toThrow(/CALLBACK: the function answered a promise/)
  })

  it('a record without a key', async () => {
    const p = pipeline('app')
    p.stream(payments, { keyless: true })
      .dedupe({ within: 1 })
      .to(topic('out', { key: string, value: json<string>() }))
    const driver = await driven(p)
    await expect(driver.input(payments).send(null, 'a')).rejects.toThrow(/NULL_KEY.*operator payments-dedupe\.dedupe/s)
  })
})
