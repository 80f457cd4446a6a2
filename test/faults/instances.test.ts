import { join } from 'node:path'
import { kafka } from 'sluice'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startBroker, type Broker } from '../kafka/broker.js'
import { describeOwnKafka } from '../kafka/shared.js'
import { temporaryDirectory } from '../log/temporary.js'
import { generator } from '../../examples/shared/random.js'
import { faultSeed, full, type JobConfig, type JobLine, type Phase } from './moments.js'
import { startJob, type Job } from './process.js'
import { expectedImports, finishedImports, flightsPerImport, storedCounts } from './verdict.js'

/** Two tasks for each of four partitions: one before the repartition, one after it. */
const allTasks = 8
const rounds = full ? 4 : 1

describeOwnKafka('two instances on Kafka', () => {
  const random = generator(faultSeed())
  let broker: Broker
  let dir = ''
  beforeAll(async () => {
    broker = await startBroker()
  })
  beforeEach(async () => {
    dir = await temporaryDirectory()
    const log = await kafka({ brokers: broker.brokers }).open()
    await log.topics.delete(await log.topics.list())
    await log.close()
  })
  afterAll(() => broker?.stop())

  const config = (name: string): JobConfig => ({
    log: { brokers: broker.brokers },
    stateDir: join(dir, name),
    sessionTimeout: 4_000,
    transactionTimeout: 4_000,
    maxUncommittedBytes: 4_000,
  })
  const moment = (): JobConfig['kill'] => {
    const phase = (['before', 'during', 'after'] as const satisfies Phase[])[Math.floor(random() * 3)]!
    return { at: 'commit', number: 5 + Math.floor(random() * 30), phase, delay: random() * 12 }
  }

  async function judge(stateDir: string): Promise<void> {
    const totals = await flightsPerImport()
    const log = await kafka({ brokers: broker.brokers }).open()
    expect(await finishedImports(log)).toEqual(expectedImports(totals))
    expect(await storedCounts(log, stateDir)).toEqual(totals)
    await log.close()
  }

  async function done(job: Job): Promise<void> {
    const { lines, errors } = await job.ended
    expect(lines.at(-1), errors).toEqual({ at: 'done', wrong: [] })
  }

  const holds = (count: number) => (line: JobLine) => line.at === 'tasks' && line.number === count

  for (let round = 1; round <= rounds; round++) {
    test(`one is killed for good, the other takes over (${round})`, { timeout: 300_000 }, async () => {
      const dies = startJob({ ...config('dies'), kill: moment() })
      await dies.line(({ at }) => at === 'written')
      const stays = startJob(config('stays'))
      expect((await dies.ended).killed).toBe(true)
      await done(stays)
      await judge(join(dir, 'stays'))
    })
  }

  test.runIf(full)('one is killed and comes back, the other goes on', { timeout: 300_000 }, async () => {
    const stays = startJob(config('stays'))
    await stays.line(({ at }) => at === 'written')
    for (let kills = 0; kills < 3; kills++) {
      expect((await startJob({ ...config('dies'), kill: moment() }).ended).killed).toBe(true)
    }
    const back = startJob(config('dies'))
    await Promise.all([done(stays), done(back)])
    await judge(join(dir, 'stays'))
  })

  for (let round = 1; round <= rounds; round++) {
    test(`one that slept past its session doubles nothing, and goes on (${round})`, { timeout: 300_000 }, async () => {
      // With records that it has worked on, and is about to commit.
      const asleep = { at: 'sleep', number: 5 + Math.floor(random() * 12) } as const
      const sleeps = startJob({ ...config('sleeps'), maxUncommittedBytes: 2_000, kill: asleep })
      await sleeps.line(({ at }) => at === 'asleep')
      const wakes = startJob(config('wakes'))
      try {
        await wakes.line(holds(allTasks))
      } finally {
        sleeps.signal('SIGCONT')
      }
      // Its commit is refused, or its loss is told by the heartbeats first: it goes back, either way.
      await sleeps.line(({ at }) => at === 'recovered')
      await Promise.all([done(sleeps), done(wakes)])
      await judge(join(dir, 'wakes'))
    })
  }
})
