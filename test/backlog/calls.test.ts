import { expect, test, vi } from 'vitest'
import { pipeline, string, topic } from '../../dsl/index.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { ReadyEntries } from '../../src/operators/calls/ready-entries.js'
import type { PendingEntry } from '../../src/store/pending-store.js'
import { testDriver } from '../../src/testing/index.js'
import { produce } from '../log/helpers.js'

const bulk = topic('bulk', { key: string, value: string })
const urgent = topic('urgent', { key: string, value: string })
const done = topic('done', { key: string, value: string })

test.each([
  [1, 2],
  [-2, -1],
])('what calls answer goes on where no source has priority 0, but %d and %d', async (low, high) => {
  const app = pipeline('calling')
  for (const stream of [app.stream(bulk, { priority: low }), app.stream(urgent, { priority: high })]) {
    stream.mapAsync(async value => `${value}!`).to(done)
  }
  const driver = await testDriver(app)
  await driver.input(bulk).send('a', 'x')
  await driver.input(urgent).send('a', 'y')
  expect(
    driver
      .output(done)
      .read()
      .map(({ value }) => value),
  ).toEqual(['x!', 'y!'])
  await driver.close()
})

test.each([
  ['of other keys', ['u1', 'u2'], ['b1', 'u1', 'u2', 'b2', 'b3', 'b4']],
  // The order of its key holds: what it waits for goes first, too; the slot is taken again before its end is known.
  ['but for that of its key', ['b3'], ['b1', 'b3', 'b2', 'b3!', 'b4']],
])('the urgent does not wait behind the bulk %s that waits for calls', async (_, keys, order) => {
  const log = memoryLog()
  await log.topics.create(['bulk', 'urgent', 'done'].map(name => ({ name, partitions: 1 })))
  const calls: string[] = []
  const answers: (() => void)[] = []
  const app = pipeline('calling')
  app
    .stream(bulk)
    .merge(app.stream(urgent, { priority: 1 }))
    .mapAsync(
      value => {
        calls.push(value)
        return new Promise<string>(resolve => answers.push(() => resolve(value)))
      },
      { concurrency: 1 },
    )
    .to(done)
  const bulks = ['b1', 'b2', 'b3', 'b4']
  const write = async (name: string, all: readonly string[]): Promise<void> => {
    for (const key of all) {
      const value = name === 'urgent' && bulks.includes(key) ? `${key}!` : key
      await produce(log, name, 0, { key, value, timestamp: 0 })
    }
  }
  const soon = (look: () => void): Promise<void> => vi.waitFor(look, { timeout: 10_000, interval: 1 })
  await write('bulk', bulks)
  const running = await app.start({ log })
  await soon(() => expect([calls, running.status.records]).toEqual([['b1'], 4]))
  await write('urgent', keys)
  await soon(() => expect(running.status.records).toBe(order.length))
  const ended = running.drained()
  for (let n = 1; n <= order.length; n++) {
    await soon(() => expect(calls).toHaveLength(n))
    answers[n - 1]!()
    // Taken in.
    await soon(() => expect(running.status.records).toBeGreaterThanOrEqual(order.length + n))
  }
  await ended
  expect(calls).toEqual(order)
  await running.close()
  await log.close()
})

test('calls of a lower priority have a turn after 31 of higher ones, and those of one priority keep their order', () => {
  const ready = new ReadyEntries<string, string>()
  const add = (from: string, seq: number): void =>
    ready.add({ seq, record: { topic: from } } as PendingEntry<string, string>, from === 'urgent' ? 1 : 0)
  for (let n = 0; n < 3; n++) add('bulk', n)
  for (let n = 0; n < 70; n++) add('urgent', n)
  const taken: string[] = []
  while (ready.some) {
    const { seq, record } = ready.take()
    taken.push(record.topic === 'bulk' ? `b${seq}` : String(seq))
  }
  const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => String(from + n))
  expect(taken).toEqual([...numbers(0, 31), 'b0', ...numbers(31, 62), 'b1', ...numbers(62, 70), 'b2'])
})
