import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { embedded, kafka, recordWriter, type Log, type LogConfig } from 'sluice'
import { expect, test } from 'vitest'
import type { Killing } from '../examples/kill-run.js'
import { generator } from '../../examples/shared/random.js'
import { expectEachOnce } from '../faults/kill-report.js'
import { faultSeed, full } from '../faults/moments.js'
import { runScript } from '../faults/run-script.js'
import { describeKafka } from '../kafka/shared.js'
import { temporaryDirectory } from '../log/temporary.js'
import type { JobConfig } from './kills/job.js'
import { topicsOf } from './kills/pipeline.js'
import { judge } from './kills/verdict.js'

const script = fileURLToPath(new URL('./kills/job.ts', import.meta.url))
const seed = faultSeed()
/** Records that each run finds new. */
const perRun = 100

function killings(): () => Killing {
  const random = generator(seed)
  const phases = ['before', 'during', 'after'] as const
  return () => {
    const phase = phases[Math.floor(random() * phases.length)]!
    if (random() < 0.5) return { at: 'call', number: 1 + Math.floor(random() * 2 * perRun), phase }
    return { at: 'commit', number: 1 + Math.floor(random() * 10), phase, delay: random() * 4 }
  }
}

async function setUp(log: Log, app: string): Promise<void> {
  await log.topics.create(Object.values(topicsOf(app)).map(({ name }) => ({ name, partitions: 2 })))
}

/** Writes the records from `first` on to both inputs. */
async function write(log: Log, app: string, first: number): Promise<void> {
  const { jobs, singles } = topicsOf(app)
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [jobs.name, singles.name])
  for (let n = first; n < first + perRun; n++) {
    writer.write(jobs, { key: `k${(n * n) % 37}`, value: { n } })
    writer.write(singles, { key: `s${n}`, value: { n } })
  }
  writer.handOver()
  await producer.flush()
  await producer.close()
}

/** Kills a process so many times in the middle of its work, each time with more to do, and lets the last one end. */
async function throughKills(kills: number, described: LogConfig, where: Omit<JobConfig, 'outside' | 'count'>) {
  const outside = join(await temporaryDirectory(), 'outside')
  const { application } = where
  const next = killings()
  let [hit, run, count] = [0, 0, 0]
  const more = async (): Promise<void> => {
    const log = await described.open()
    if (count === 0) await setUp(log, application)
    await write(log, application, count)
    await log.close()
    count += perRun
  }
  for (; hit < kills; run++) {
    expect(run, `of ${run} moments only ${hit} came before all was done`).toBeLessThan(2 * kills + 3)
    await more()
    const kill = next()
    if (await runScript(script, { ...where, outside, count, kill } satisfies JobConfig)) hit++
  }
  await more()
  await runScript(script, { ...where, outside, count } satisfies JobConfig)
  const log = await described.open()
  const verdict = await judge(log, application, count, outside)
  await log.close()
  return { verdict, row: { what: 'calls and waits', log: described.kind, planned: kills, hit, missed: run - hit } }
}

function expectRight(
  task: Parameters<typeof expectEachOnce>[0],
  { verdict, row }: Awaited<ReturnType<typeof throughKills>>,
): void {
  console.log(`${row.log}: ${verdict.repeated} effects were called again, with their keys`)
  expectEachOnce(task, row, verdict)
  expect(verdict.wrong).toEqual([])
}

const what = 'kill -9 leaves each call, effect, parked record, delay and barrier done once'

test(`on the embedded log, ${what}`, { timeout: 900_000 }, async ({ task }) => {
  const dir = await temporaryDirectory()
  const log = { dir: join(dir, 'log') }
  const after = await throughKills(full ? 20 : 1, embedded(log.dir), {
    application: 'waiting',
    log,
    stateDir: join(dir, 'state'),
  })
  expectRight(task, after)
})

describeKafka('on Kafka', shared => {
  test.runIf(full)(what, { timeout: 900_000 }, async ({ task }) => {
    const log = { brokers: shared.brokers }
    const stateDir = join(await temporaryDirectory(), 'state')
    const job = { application: shared.name('waiting'), log, stateDir }
    expectRight(task, await throughKills(20, kafka(log), job))
  })
})
