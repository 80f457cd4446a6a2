import { expect, test, vi } from 'vitest'
import { json, pipeline, string, topic, tumbling, type Pipeline } from '../../dsl/index.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import type { Status } from '../../src/runtime/options.js'
import { ManualClock } from '../../src/testing/manual-clock.js'
import { produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

const hour = 3_600_000
const input = topic('input', { key: string, value: json<number>() })
const output = topic('output', { key: string, value: json<unknown>() })

/** Time passes as the test says, and the time of day can be set. */
class SetClock extends ManualClock {
  #by = 0

  override now(): number {
    return super.now() + this.#by
  }

  steady(): number {
    return super.now()
  }

  set(by: number): void {
    this.#by += by
  }

  pass(ms: number): void {
    this.moveTo(this.steady() + ms)
  }
}

/**
 * Runs a pipeline with a record, sets the clock back by an hour once `ready` is true, and lets half an hour pass at most. Answers
 * what it has written when that is something.
 */
async function setBack(p: Pipeline, ready: (status: Status) => boolean): Promise<(string | null)[]> {
  const clock = new SetClock(1_000 * hour)
  const log = memoryLog({ clock })
  await log.topics.create(['input', 'output', 'dead'].map(name => ({ name, partitions: 1 })))
  const app = await p.start({ log, clock, stateDir: await temporaryDirectory() })
  await produce(log, 'input', 0, { key: 'k', value: '1', timestamp: 5 })
  await vi.waitFor(() => expect(ready(app.status)).toBe(true), { timeout: 10_000, interval: 1 })
  clock.set(-hour)
  const end = clock.steady() + hour / 2
  let found: (string | null)[] = []
  await vi.waitFor(
    async () => {
      if (clock.steady() < end) clock.pass(500)
      found = [...(await valuesOf(log, 'output', 0)), ...(await valuesOf(log, 'dead', 0))]
      expect(found).not.toEqual([])
    },
    { timeout: 10_000, interval: 1 },
  )
  await app.close()
  await log.close()
  return found
}

test('a call is given up when its time is over', async () => {
  const p = pipeline('app', { value: json() })
  let calls = 0
  p.stream(input)
    .mapAsync(
      () => {
        calls++
        return new Promise<number>(() => {})
      },
      { timeout: '5s' },
    )
    .deadLetter('dead')
    .to(output)
  expect(await setBack(p, () => calls === 1)).toEqual(['1'])
})

test.each(['map', 'mapAsync'] as const)('what %s failed to do is tried again when its wait is over', async how => {
  const p = pipeline('app', { value: json() })
  let tries = 0
  const work = (value: number): number => {
    if (++tries === 1) throw new Error('not yet')
    return value
  }
  const stream = p.stream(input)
  const worked = how === 'map' ? stream.map(value => work(value)) : stream.mapAsync(async value => work(value))
  worked.retry({ attempts: 2, backoff: '5s' }).to(output)
  expect(await setBack(p, ({ counters }) => Object.keys(counters).some(name => name.includes('retried')))).toEqual([
    '1',
  ])
})

test('a timer of a processor is called, with the time of day', async () => {
  const p = pipeline('app', { value: json() })
  let records = 0
  p.stream(input)
    .process<string, number>(context => {
      context.schedule('wall-clock', '5s', now => context.forward('t', now))
      return () => void records++
    })
    .to(output)
  const [first] = await setBack(p, () => records === 1)
  expect(Number(first)).toBeGreaterThan(999 * hour)
  expect(Number(first)).toBeLessThan(999 * hour + hour / 2)
})

test('a window is closed by silence', async () => {
  const p = pipeline('app', { value: json() })
  p.stream(input, { idleAfter: '5s' })
    .groupByKey()
    .windowedBy(tumbling('1s'))
    .count({ emit: 'final' })
    .toStream({ tombstones: false })
    .map((count, { start }) => [start, count])
    .selectKey((_value, { key }) => key)
    .to(output)
  expect(await setBack(p, ({ records }) => records === 1)).toEqual(['[0,1]'])
})

test.each([false, true])('a delay keeps the order of a key, stopped in between: %s', async isStopped => {
  const clock = new SetClock(1_000 * hour)
  const log = memoryLog({ clock })
  await log.topics.create(['input', 'output'].map(name => ({ name, partitions: 1 })))
  const p = pipeline('app', { value: json() })
  p.stream(input).delay('10s').to(output)
  const stateDir = await temporaryDirectory()
  let app = await p.start({ log, clock, stateDir })
  await produce(log, 'input', 0, { key: 'k', value: '1', timestamp: 5 })
  await vi.waitFor(() => expect(app.status).toMatchObject({ records: 1, lag: 0 }), { timeout: 10_000, interval: 1 })
  if (isStopped) await app.close()
  clock.set(-5_000)
  if (isStopped) app = await p.start({ log, clock, stateDir })
  await produce(log, 'input', 0, { key: 'k', value: '2', timestamp: 6 })
  await vi.waitFor(() => expect(app.status).toMatchObject({ lag: 0 }), { timeout: 10_000, interval: 1 })
  await app.drained()
  await vi.waitFor(
    async () => {
      clock.pass(500)
      expect(await valuesOf(log, 'output', 0)).toHaveLength(2)
    },
    { timeout: 10_000, interval: 1 },
  )
  expect(await valuesOf(log, 'output', 0)).toEqual(['1', '2'])
  await app.close()
  await log.close()
})
