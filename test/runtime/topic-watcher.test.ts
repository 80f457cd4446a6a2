import { expect, test } from 'vitest'
import type { Log } from '../../src/log/log.js'
import type { Settings } from '../../src/runtime/options.js'
import type { Plan } from '../../src/runtime/plan.js'
import { topicWatcher } from '../../src/runtime/topic-watcher.js'
import { ManualClock } from '../../src/testing/manual-clock.js'

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('tells of partitions that a topic has got, and of one that was made again, once', async () => {
  const clock = new ManualClock()
  const sizes = new Map([
    ['jobs', 2],
    ['other', 1],
  ])
  const ids = new Map([['jobs', 'first']])
  const log = {
    kind: 'kafka',
    topics: {
      describe: async (names: string[]) =>
        names.map(name => ({ name, id: ids.get(name), partitions: sizes.get(name) })),
    },
  } as unknown as Log
  const plan = {
    spec: { application: 'app' },
    cut: { subs: [{ sources: [{ topics: ['jobs'] }] }] },
    sizes: new Map(sizes),
    ids: new Map(ids),
  } as unknown as Plan
  let told = 0
  const stop = topicWatcher(log, { clock, topicRefresh: 10 } as Partial<Settings> as Settings, plan, () => told++)
  const look = async (): Promise<number> => {
    clock.moveTo(clock.next!)
    await turn()
    return told
  }
  sizes.set('other', 2)
  expect(await look()).toBe(0)
  sizes.set('jobs', 3)
  expect(await look()).toBe(1)
  sizes.set('jobs', 2)
  expect(await look()).toBe(1)
  ids.set('jobs', 'second')
  expect(await look()).toBe(2)
  expect(await look()).toBe(2)
  stop()
  expect(clock.next).toBeUndefined()
})
