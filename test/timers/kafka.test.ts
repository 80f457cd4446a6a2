import { join } from 'node:path'
import {
  json,
  kafka,
  long,
  pipeline,
  readRecords,
  recordWriter,
  string,
  topic,
  tumbling,
  windowed,
  type Clock,
  type Log,
} from 'sluice'
import { expect, onTestFinished, test } from 'vitest'
import { describeKafka } from '../kafka/shared.js'
import { makeDirectory, removeDirectory, temporaryDirectory } from '../log/temporary.js'
import { timers, topicsOf } from './pipeline.js'
import { ticksOf, wrongTicks } from './verdict.js'

const minute = 60_000
const hour = 60 * minute

/** Resolves when something holds. */
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise(resolve => setTimeout(resolve, 50))
}

async function write(log: Log, to: string, values: readonly unknown[]): Promise<void> {
  const target = topic(to, { key: string, value: json<unknown>() })
  const producer = log.producer({ transactionalId: `${to}-writer` })
  await producer.init()
  const writer = await recordWriter(log, producer, [to])
  for (const value of values) writer.write(target, { key: 'k', value })
  writer.handOver()
  await producer.commit({ group: `${to}-writer`, positions: [] })
  await producer.close()
}

describeKafka('timers on Kafka', shared => {
  async function opened(...topics: string[]): Promise<Log> {
    const log = await kafka({ brokers: shared.brokers }).open()
    onTestFinished(() => log.close())
    await log.topics.create(topics.map(name => ({ name, partitions: 1 })))
    return log
  }

  test('are restored from their changelog, those of days ahead included', { timeout: 120_000 }, async () => {
    const [from, to] = [shared.name('in'), shared.name('out')]
    const log = await opened(from, to)
    const build = () => {
      const p = pipeline(from)
      const due = topic(from, { key: string, value: json<{ at: number }>() })
      p.stream(due)
        .deliverAt(({ at }) => at)
        .to(topic(to, { key: string, value: json<{ at: number }>() }))
      return p
    }
    const now = Date.now()
    await write(log, from, [{ at: now + 72 * hour }, { at: now + 50 * minute }, { at: now + 40 * minute }])
    const first = await makeDirectory()
    const app = await build().start({ log, stateDir: first })
    await app.drained()
    await app.close()
    await removeDirectory(first)
    // Brokers refuse records that are more than an hour ahead, so not by more.
    const clock: Clock = {
      now: () => Date.now() + 52 * minute,
      after(ms, call) {
        const timer = setTimeout(call, ms)
        return () => clearTimeout(timer)
      },
    }
    await using again = await build().start({ log, clock, stateDir: await temporaryDirectory() })
    await again.drained()
    const found: number[] = []
    await until(async () => {
      found.length = 0
      for await (const { value } of readRecords(log, topic(to, { key: string, value: json<{ at: number }>() }))) {
        found.push((value!.at - now) / minute)
      }
      return found.length >= 2
    })
    expect(found).toEqual([40, 50])
  })

  test('a cron line has one owner among instances, whichever is there', { timeout: 120_000 }, async () => {
    const application = shared.name('owners')
    const { reminders, delivered, ticked } = topicsOf(application)
    const log = await opened(ticked.name)
    await log.topics.create([reminders, delivered].map(({ name }) => ({ name, partitions: 2 })))
    const dir = await temporaryDirectory()
    const start = (slot: number) => timers(application).start({ log, stateDir: join(dir, String(slot)) })
    const mine = () => ticksOf(log, application)
    const one = await start(1)
    await until(async () => (await mine()).length >= 1)
    const two = await start(2)
    await until(() => two.status.state === 'running')
    const owners = () => [one, two].filter(({ status }) => status.tasks.includes('seconds-repartition-0'))
    await until(() => owners().length === 1)
    const [owner] = owners()
    const other = owner === one ? two : one
    const seen = (await mine()).length
    await until(async () => (await mine()).length >= seen + 1)
    await owner!.close()
    const left = (await mine()).length
    await until(async () => (await mine()).length >= left + 2)
    await other.close()
    expect(wrongTicks(await mine())).toEqual([])
  })

  test('changes that wait for a window of days ahead are kept', { timeout: 120_000 }, async () => {
    const [from, to] = [shared.name('in'), shared.name('out')]
    const log = await opened(from, to)
    const p = pipeline(from, { value: json() })
    p.stream(topic(from, { key: string, value: json<unknown>() }))
      .groupByKey()
      .windowedBy(tumbling('7d'))
      .count({ as: 'counts' })
      .suppress({ until: 'window-closes', as: 'waiting' })
      .toStream()
      .to(topic(to, { key: windowed(string), value: long }))
    await write(log, from, [1, 2])
    await using app = await p.start({ log, stateDir: await temporaryDirectory() })
    await app.drained()
    expect(app.status.error).toBeUndefined()
    const kept = topic(`${from}-waiting-changelog`, { key: json<unknown>(), value: json<unknown>() })
    const ends = await log.endOffsets([{ topic: kept.name, partition: 0 }], 'read_committed')
    expect([...ends.values()][0]).toBeGreaterThan(0)
  })
})
