import { expect, test } from 'vitest'
import type { CallRecord } from 'sluice'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import type { Instance } from '../../src/runtime/instance.js'
import { startInstance } from '../../src/runtime/start.js'
import { ManualClock } from '../../src/testing/manual-clock.js'
import { generator } from '../../examples/shared/random.js'
import { faultSeed, full } from '../faults/moments.js'
import { turns } from '../simulator/chaos.js'
import { events, eventsOf, write, type Event } from './events.js'
import { namesOf, ordered } from './pipeline.js'
import { judge } from './verdict.js'

const keys = full ? 100_000 : 3_000
const partitions = 4
const app = 'ordered'
const seed = faultSeed()

/** Calls on a clock by hand: most are short, one in twenty takes fifty times as long, one in twenty fails. */
class Simulated {
  calls = 0
  readonly #clock: ManualClock
  readonly #random: () => number

  constructor(clock: ManualClock, random: () => number) {
    this.#clock = clock
    this.#random = random
  }

  readonly call = (event: Event, { signal }: CallRecord<string, Event>): Promise<Event> => {
    this.calls++
    const takes = Math.ceil(10 * this.#random()) * (this.#random() < 0.05 ? 50 : 1)
    const fails = event.poison === true || this.#random() < 0.05
    // Half of them do not listen to their signal: what comes of those is heard when nobody waits for it any more.
    const listens = this.#random() < 0.5
    return new Promise((resolve, reject) => {
      if (listens) signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      this.#clock.after(takes, () => (fails ? reject(new Error('busy')) : resolve(event)))
    })
  }

  readonly work = (event: Event): Event => {
    if (this.#random() < 0.03) throw new Error('not now')
    return event
  }
}

test(`results of ${keys} keys keep their order while calls are hedged, tried again, and move between instances`, async () => {
  const clock = new ManualClock(0)
  const random = generator(seed)
  const log = memoryLog({ clock })
  const names = namesOf(app)
  await log.topics.create(Object.values(names).map(name => ({ name, partitions })))
  const counts = await write(log, eventsOf(names.events), events(keys, random))
  const outside = new Simulated(clock, random)
  const instances = new Set<Instance>()
  const done: Record<string, number> = {}

  const start = async (): Promise<Instance> => {
    const instance = await startInstance(ordered(app, outside), { log, clock, maxUncommittedBytes: 200_000 })
    instances.add(instance)
    return instance
  }
  const stop = async (instance: Instance): Promise<void> => {
    instances.delete(instance)
    let over = false
    const closing = instance.close().finally(() => (over = true))
    while (!over) await step()
    await closing
    for (const [name, n] of Object.entries(instance.status.counters)) done[name] = (done[name] ?? 0) + n
  }
  const step = async (): Promise<void> => {
    await turns(2)
    if (clock.next !== undefined) clock.moveTo(clock.next)
    for (const { status } of instances) if (status.error !== undefined) throw status.error
  }
  /** Until so many calls have been made. */
  const until = async (calls: number): Promise<void> => {
    while (outside.calls < calls) await step()
  }

  const total = [...counts.values()].reduce((sum, n) => sum + n, 0)
  const first = await start()
  await until(total * (0.1 + 0.1 * random()))
  const second = await start()
  await until(total * (0.3 + 0.1 * random()))
  await stop(first)
  await until(total * (0.5 + 0.1 * random()))
  const third = await start()
  await until(total * (0.7 + 0.1 * random()))
  let drained = false
  const drain = third.drained().finally(() => (drained = true))
  while (!drained) await step()
  await drain
  await stop(second)
  await stop(third)

  const { results, dead, wrong } = await judge(log, app, counts)
  console.log(JSON.stringify({ keys, total, results, dead, calls: outside.calls, ...done }))
  expect(wrong).toEqual([])
  expect(results + dead).toBe(total)
  for (const what of ['hedged{', 'retried{', 'parked{']) {
    expect(
      Object.keys(done).some(name => name.startsWith(what)),
      what,
    ).toBe(true)
  }
  await log.close()
}, 600_000)
