import fc from 'fast-check'
import { expect, it } from 'vitest'
import { json, long, pipeline, sessionStore, string, topic, versionedStore, windowStore } from '../../dsl/index.js'
import type { ProcessorContext } from '../../src/processor.js'
import { testDriver } from '../../src/testing/index.js'
import { triedAgain, type HeldStep } from '../held-steps.js'
import { runs } from '../store/runs.js'

const numbers = topic('numbers', { key: string, value: json<number>() })
const told = topic('told', { key: string, value: json<unknown>() })
const tens = windowStore('tens', { key: string, value: long, size: 10, retention: 25 })
const visits = sessionStore('visits', { key: string, value: long, retention: 30 })
const versions = versionedStore('versions', { key: string, value: long, history: 20 })

const steps = fc.array(
  fc.record<HeldStep>({
    key: fc.constantFrom('a', 'b', 'c'),
    by: fc.constantFrom(1, 2, 5, 20),
    fails: fc.constantFrom(0, 0, 0, 1, 2),
    advance: fc.constantFrom(0, 0, 1, 4),
  }),
  { maxLength: 60 },
)

/** Counts in windows and in sessions of gaps of 5, and tells what the stores remember of the key's last 20. */
const remembering =
  (context: ProcessorContext<string, unknown>) =>
  (n: number, key: string, { timestamp }: { timestamp: number }) => {
    const [windows, sessions, history] = [context.store(tens), context.store(visits), context.store(versions)]
    const start = Math.floor(timestamp / 10) * 10
    const window = { key, start, end: start + 10 }
    windows.put(window, (windows.get(window) ?? 0) + 1)
    let visit = { key, start: timestamp, end: timestamp }
    let count = 1
    for (const [session, before] of sessions.fetch(key, timestamp - 5, timestamp)) {
      visit = { ...visit, start: Math.min(visit.start, session.start) }
      count += before
      sessions.delete(session)
    }
    sessions.put(visit, count)
    const put = history.put(key, n)
    return context.forward(`${n}`, {
      windows: windows.fetch(key, start - 20, start).map(([{ start: from }, value]) => [from, value]),
      session: [visit.start, count],
      version: [put, history.at(key, timestamp - 20) ?? null],
    })
  }

async function results(given: readonly HeldStep[], fails: boolean, restartEvery: number | false) {
  const p = pipeline('held', { value: json() })
  for (const store of [tens, visits, versions]) p.addStore<any>(store)
  p.stream(numbers)
    .map(triedAgain(given, fails))
    .retry({ attempts: 4, backoff: 7 })
    .process(remembering, { stores: [tens, visits, versions] })
    .to(told)
  await using driver = await testDriver(p, { restartEvery })
  let timestamp = 100
  for (const [n, { key, by, advance }] of given.entries()) {
    timestamp += by
    await driver.input(numbers).send(key, n, { timestamp })
    if (advance > 0) await driver.advance(advance)
  }
  await driver.advance('1s')
  const all = driver.output(told).read()
  return all.sort((a, b) => Number(a.key) - Number(b.key))
}

it('stores of processors keep what records that are pending still need', { timeout: 120_000 }, async () => {
  const property = fc.asyncProperty(
    steps,
    fc.constantFrom<number | false>(false, 1, 3),
    async (given, restartEvery) => {
      expect(await results(given, true, restartEvery)).toEqual(await results(given, false, false))
    },
  )
  // What comes back last needs a window that one before it in the same window would not.
  const step = (key: string, by: number, fails: number, advance: number): HeldStep => ({ key, by, fails, advance })
  const example = [step('c', 3, 0, 0), step('a', 23, 1, 0), step('c', 3, 2, 0), step('b', 2, 0, 8), step('b', 4, 0, 0)]
  await fc.assert(property, { ...runs(30), examples: [[example, false]] })
})
