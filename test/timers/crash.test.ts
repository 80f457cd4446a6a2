import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { embedded, kafka, recordWriter, type Log, type LogConfig } from 'sluice'
import { expect, test } from 'vitest'
import { generator } from '../../examples/shared/random.js'
import { expectEachOnce } from '../faults/kill-report.js'
import { faultSeed, full } from '../faults/moments.js'
import { runScript } from '../faults/run-script.js'
import { describeKafka } from '../kafka/shared.js'
import { temporaryDirectory } from '../log/temporary.js'
import type { JobConfig } from './job.js'
import { topicsOf, type Reminder } from './pipeline.js'
import { deliveredBy, ticksOf, wrongOrder, wrongTicks } from './verdict.js'

const script = fileURLToPath(new URL('./job.ts', import.meta.url))
const seed = faultSeed()
/** Reminders that each run finds new. */
const perRun = 250

interface Place {
  readonly log: LogConfig
  readonly job: Omit<JobConfig, 'count' | 'kill'>
  /** Reminders are due from half a second ago on, so many milliseconds apart, and many at a time. */
  readonly apart: number
}

/** Commits behind a number of reminders that went on, so that each run comes to its moment. */
function killings(): () => JobConfig['kill'] {
  const random = generator(seed)
  const phases = ['before', 'during', 'after'] as const
  return () => ({
    at: 'commit',
    number: 1,
    behind: Math.floor(random() * 0.9 * perRun),
    phase: phases[Math.floor(random() * phases.length)]!,
    delay: random() * 3,
  })
}

/** Kills a process so many times while timers fire, each time with more of them, and lets the last one end. */
async function throughKills(kills: number, { log: described, job, apart }: Place) {
  const { application } = job
  const next = killings()
  const random = generator(seed + 1)
  let [hit, run] = [0, 0]
  const more = async (): Promise<number> => {
    const log = await described.open()
    if (run === 0) await createTopics(log, application)
    await write(log, application, run * perRun, () => 500 - apart * Math.floor(random() * 12))
    await log.close()
    return ++run * perRun
  }
  while (hit < kills && run < 2 * kills) {
    const count = await more()
    if (await runScript(script, { ...job, count, kill: next() } satisfies JobConfig)) hit++
  }
  const count = await more()
  await runScript(script, { ...job, count } satisfies JobConfig)
  const log = await described.open()
  const [found, ticks] = [await deliveredBy(log, application), await ticksOf(log, application)]
  await log.close()
  return {
    count,
    found,
    ticks,
    row: { what: 'timers', log: described.kind, planned: kills, hit, missed: run - 1 - hit },
  }
}

async function createTopics(log: Log, app: string): Promise<void> {
  const { reminders, delivered, ticked } = topicsOf(app)
  await log.topics.create([
    { name: reminders.name, partitions: 2 },
    { name: delivered.name, partitions: 2 },
    { name: ticked.name, partitions: 1 },
  ])
}

/** Writes the reminders from `first` on; `ago` is how long since one was due. */
async function write(log: Log, app: string, first: number, ago: () => number): Promise<void> {
  const { reminders } = topicsOf(app)
  const group = `${app}-writer`
  const producer = log.producer({ transactionalId: group })
  await producer.init()
  const writer = await recordWriter(log, producer, [reminders.name])
  const now = Date.now()
  for (let n = first; n < first + perRun; n++) {
    const value: Reminder = { at: now - ago(), n }
    writer.write(reminders, { key: `user-${n % 50}`, value, timestamp: now })
  }
  writer.handOver()
  await producer.commit({ group, positions: [] })
  await producer.close()
}

function expectRight(
  task: Parameters<typeof expectEachOnce>[0],
  after: Awaited<ReturnType<typeof throughKills>>,
): void {
  const { count, found, ticks, row } = after
  expectEachOnce(task, row, {
    expected: Array.from({ length: count }, (_, n) => `reminder ${n}`),
    found: [...found.values()].flat().map(({ n }) => `reminder ${n}`),
  })
  expect([...wrongOrder(found), ...wrongTicks(ticks)]).toEqual([])
  expect(row.hit).toBe(row.planned)
}

const what = 'kill -9 leaves every timer fired once, in order, and every tick'

test(`on the embedded log, ${what}`, { timeout: 600_000 }, async ({ task }) => {
  const dir = await temporaryDirectory()
  const log = { dir: join(dir, 'log') }
  const job = { application: 'timers', log, stateDir: join(dir, 'state') }
  expectRight(task, await throughKills(full ? 20 : 3, { log: embedded(log.dir), job, apart: 150 }))
})

describeKafka('on Kafka', shared => {
  test.runIf(full)(what, { timeout: 900_000 }, async ({ task }) => {
    const log = { brokers: shared.brokers }
    const stateDir = join(await temporaryDirectory(), 'state')
    const job = { application: shared.name('timers'), log, stateDir }
    // A process takes a second longer to start here, and timers have to fire after it.
    expectRight(task, await throughKills(20, { log: kafka(log), job, apart: 350 }))
  })
})
