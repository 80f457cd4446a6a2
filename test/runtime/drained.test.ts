import { expect, onTestFinished, test } from 'vitest'
import { memory, pipeline, string, topic } from '../../dsl/index.js'
import { drained } from '../../src/runtime/drained.js'
import { makePlan } from '../../src/runtime/plan.js'
import { systemClock } from '../../src/time.js'
import { cut } from '../../src/topology/cut.js'
import { produce } from '../log/helpers.js'

test('however long it takes, one at a time waits for the next commit', async () => {
  const log = await memory().open()
  onTestFinished(() => log.close())
  await log.topics.create([{ name: 'in', partitions: 1 }])
  await produce(log, 'in', 0, 'nobody reads it')
  const app = pipeline('app')
  app.stream(topic('in', { key: string, value: string }), { keyless: true }).forEach(() => {})
  const plan = await makePlan(log, cut(app.lower()), true, 0)
  let asked = 0
  const waiting = new Set<() => void>()
  const clock = { ...systemClock, after: (_: number, call: () => void) => systemClock.after(0, call) }
  const draining = drained(
    log,
    plan,
    clock,
    (came, ended) => {
      waiting.add(came)
      if (++asked === 20) ended(new Error('enough'))
      return () => waiting.delete(came)
    },
    true,
  )
  await expect(draining).rejects.toThrow('enough')
  expect(asked).toBe(20)
  expect(waiting.size).toBe(0)
})
