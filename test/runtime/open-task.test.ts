import { expect, onTestFinished, test, vi } from 'vitest'
import { json, memory, pipeline, recordWriter, string, topic } from '../../dsl/index.js'
import type { Log } from '../../src/log/log.js'
import { Counters } from '../../src/runtime/counters.js'
import { openTask } from '../../src/runtime/open-task.js'
import { Outbox } from '../../src/runtime/outbox.js'
import { makePlan } from '../../src/runtime/plan.js'
import { settings } from '../../src/runtime/settings.js'
import { stateHome } from '../../src/runtime/state-home.js'
import { TopicSizes } from '../../src/runtime/topic-sizes.js'
import { cut } from '../../src/topology/cut.js'
import { through } from '../faults/die.js'

const mails = topic('mails', { key: string, value: json<string>() })

test('a task whose restore is given up begins no effect: half of its state says that all are still to be done', async () => {
  const count = 1_500
  const log = await memory().open()
  await log.topics.create([{ name: mails.name, partitions: 1 }])
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [mails.name])
  for (let i = 0; i < count; i++) writer.write(mails, { key: `k${i}`, value: 'x'.repeat(1_000) })
  writer.handOver()
  await producer.flush()

  let calls = 0
  let open = () => {}
  const gate = new Promise<void>(resolve => (open = resolve))
  const app = pipeline('mailing', { value: json() })
  app.stream(mails).effect('mail', () => {
    calls++
    return gate
  })
  const running = await app.start({ log })
  // Every intent is committed before the first end: the changelog begins with more than is read at a time.
  while (running.status.records < count || running.status.commits === 0) await new Promise(next => setImmediate(next))
  open()
  await running.drained()
  await running.close()
  expect(calls).toBe(count)

  const spec = app.lower()
  const plan = await makePlan(log, cut(spec), true, 0)
  const sizes = new TopicSizes(log, plan)
  const giveUp = new AbortController()
  const opening = openTask({
    log,
    home: await stateHome(log, spec.application, 'unused'),
    settings: settings({ log, onRestore: () => giveUp.abort() }),
    counters: new Counters(),
    plan,
    firstPlan: plan,
    planned: plan.tasks[0]!,
    outbox: new Outbox(producer, name => sizes.largestBatch(name)),
    globals: new Map(),
    sizes,
    standby: async () => undefined,
    signal: giveUp.signal,
    wake: () => {},
  })
  await expect(opening).rejects.toMatchObject({ code: 'NOT_RUNNING' })
  expect(calls).toBe(count)
  await producer.close()
  await log.close()
})

test('a close does not wait for the open transaction of another process that holds the positions', async () => {
  const log = await memory().open()
  onTestFinished(() => log.close())
  await log.topics.create([{ name: mails.name, partitions: 1 }])
  const app = pipeline('mailing')
  app.stream(mails).forEach(() => {})
  const giveUp = new AbortController()
  const held = through<Log>(log, {
    committed() {
      giveUp.abort()
      return new Promise(() => {})
    },
  })
  await expect(app.start({ log: held, signal: giveUp.signal })).rejects.toMatchObject({ code: 'NOT_RUNNING' })
})

test('where the topics of a pattern begin is asked for all at a time', async () => {
  const log = await memory().open()
  const names = ['mails-1', 'mails-2', 'mails-3']
  await log.topics.create(names.map(name => ({ name, partitions: 1 })))
  let release = () => {}
  const all = new Promise<void>(resolve => (release = resolve))
  const startOffsets = log.startOffsets.bind(log)
  const asked = vi.spyOn(log, 'startOffsets').mockImplementation(async partitions => {
    if (asked.mock.calls.length === names.length) release()
    await all
    return startOffsets(partitions)
  })
  const app = pipeline('reader')
  app.stream(/^mails-/, { key: string, value: string }).forEach(() => {})
  await using running = await app.start({ log })
  expect(running.status.state).toBe('running')
})
