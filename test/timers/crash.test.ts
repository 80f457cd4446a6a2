import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { embedded, kafka, recordWriter, type LogConfig } from 'sluice'
import { expect, test } from 'vitest'
import { generator } from '../../examples/shared/random.js'
import { faultSeed, full, type Moment } from '../faults/moments.js'
import { runScript } from '../faults/run-script.js'
import { describeKafka } from '../kafka/shared.js'
import { temporaryDirectory } from '../log/temporary.js'
import type { JobConfig } from './job.js'
import { delivered, reminders, ticked, type Reminder } from './pipeline.js'
import { deliveredBy, ticksOf, wrongDeliveries, wrongTicks } from './verdict.js'

const script = fileURLToPath(new URL('./job.ts', import.meta.url))
const seed = faultSeed()

/** Commits while records come in, while timers fire, and while those fire that came due in between. */
function killings(count: number): Moment[] {
  const random = generator(seed)
  const phases = ['before', 'during', 'after'] as const
  return Array.from({ length: count }, () => ({
    at: 'commit',
    number: 1 + Math.floor(random() * 6),
    phase: phases[Math.floor(random() * phases.length)]!,
    delay: random() * 3,
  }))
}

async function write(config: LogConfig, count: number): Promise<void> {
  const log = await config.open()
  await log.topics.create([
    { name: reminders.name, partitions: 2 },
    { name: delivered.name, partitions: 2 },
    { name: ticked.name, partitions: 1 },
  ])
  const producer = log.producer({ transactionalId: 'reminders-writer' })
  await producer.init()
  const writer = await recordWriter(log, producer, [reminders.name])
  const random = generator(seed + 1)
  const now = Date.now()
  for (let n = 0; n < count; n++) {
    // Many share a time, and some are past.
    const value: Reminder = { at: now - 500 + 250 * Math.floor(random() * 12), n }
    writer.write(reminders, { key: `user-${Math.floor(random() * 50)}`, value, timestamp: now })
  }
  writer.handOver()
  await producer.commit({ group: 'reminders-writer', positions: [] })
  await producer.close()
  await log.close()
}

/** What was found to be wrong after so many deaths, and how many there were. */
async function after(kills: number, described: LogConfig, config: JobConfig): Promise<Outcome> {
  await write(described, config.count)
  let killed = 0
  for (const kill of killings(kills)) if (await runScript(script, { ...config, kill } satisfies JobConfig)) killed++
  await runScript(script, config)
  const log = await described.open()
  const wrong = [...wrongDeliveries(await deliveredBy(log), config.count), ...wrongTicks(await ticksOf(log))]
  await log.close()
  console.log(JSON.stringify({ kills, killed, reminders: config.count }))
  return { killed, wrong }
}

interface Outcome {
  readonly killed: number
  readonly wrong: readonly string[]
}

test('on the embedded log, kill -9 leaves every timer fired once', { timeout: 600_000 }, async () => {
  const dir = await temporaryDirectory()
  const log = { dir: join(dir, 'log') }
  const config = { application: 'timers', log, stateDir: join(dir, 'state'), count: 3_000 }
  const { killed, wrong } = await after(full ? 20 : 4, embedded(log.dir), config)
  expect(wrong).toEqual([])
  // One that comes late finds less to do than it takes to get to its moment.
  expect(killed).toBeGreaterThan(0)
})

describeKafka('on Kafka', shared => {
  test.runIf(full)('kill -9 leaves every timer fired once', { timeout: 900_000 }, async () => {
    const dir = await temporaryDirectory()
    const log = { brokers: shared.brokers }
    const config = { application: shared.name('timers'), log, stateDir: join(dir, 'state'), count: 3_000 }
    const { killed, wrong } = await after(20, kafka(log), config)
    expect(wrong).toEqual([])
    expect(killed).toBeGreaterThan(0)
  })
})
