import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embedded, kafka, type LogConfig } from 'sluice'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startBroker, type Broker } from '../kafka/broker.js'
import { describeOwnKafka } from '../kafka/shared.js'
import { MainJob, moments, plainLoop, results } from './main-job.js'

/** Another seed gives other moments: KILL_SEED=7 npx vitest run test/examples/kill.test.ts */
const seed = Number(process.env['KILL_SEED'] ?? 2001)
const kills = 20
const patience = 300_000

async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-kill-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** A log with its state, and the options that name them. */
interface Place {
  readonly args: readonly string[]
  readonly config: LogConfig
  readonly stateDir: string
}

async function expectEachImportOnce({ config, stateDir }: Place, totals: Map<string, number>): Promise<void> {
  const { finished, stored } = await results(config, stateDir)
  expect(finished).toHaveLength(totals.size)
  expect(new Map(finished)).toEqual(new Map(Array.from(totals, ([id, total]) => [id, { done: total, total }])))
  expect(stored).toEqual(totals)
}

/** Where the main job runs, and how to begin anew. */
interface Stage {
  readonly fresh: () => Promise<Place>
  /** How long after a phase has begun a process lives at most, in milliseconds. */
  readonly longest: number
}

/** Kills and restarts; a job that comes to its end before its moment is a result to check, and the next one begins anew. */
async function killAgainAndAgain({ fresh, longest }: Stage): Promise<void> {
  const totals = await plainLoop('20k')
  let stage = await fresh()
  const check = async (job: MainJob): Promise<void> => {
    expect(await job.ended, job.output).toEqual({ code: 0, signal: null })
    await expectEachImportOnce(stage, totals)
  }
  let hits = 0
  for (const moment of moments(seed, kills, longest)) {
    const job = new MainJob(...stage.args, '--commit-interval', '10')
    if (await job.killAt(moment)) hits++
    else {
      await check(job)
      stage = await fresh()
    }
  }
  expect(hits).toBeGreaterThanOrEqual(kills / 2)
  await check(new MainJob(...stage.args))
}

describe(`the main job, killed at ${kills} moments of seed ${seed}`, () => {
  it('on the embedded log gives each import once, with the right count', { timeout: patience }, async () => {
    const fresh: Stage['fresh'] = async () => {
      const dir = await scratch()
      return { args: ['--log', dir], config: embedded(dir), stateDir: dir }
    }
    await killAgainAndAgain({ fresh, longest: 250 })
  })
})

describeOwnKafka(`the main job on Kafka, killed at ${kills} moments of seed ${seed}`, () => {
  let broker: Broker
  beforeAll(async () => {
    broker = await startBroker()
  }, patience)
  afterAll(() => broker?.stop())

  async function fresh(): ReturnType<Stage['fresh']> {
    const config = kafka({ brokers: broker.brokers })
    const log = await config.open()
    await log.topics.delete(await log.topics.list())
    await log.close()
    const stateDir = await scratch()
    return { args: ['--brokers', broker.brokers.join(), '--state-dir', stateDir], config, stateDir }
  }

  it('gives each import once, with the right count', { timeout: patience }, () =>
    killAgainAndAgain({ fresh, longest: 400 }),
  )

  for (const after of [/writing/, /counting/]) {
    it(`goes on alone when another instance dies for good, ${after.source}`, { timeout: patience }, async () => {
      const stage = await fresh()
      const { args } = stage
      const totals = await plainLoop('200k')
      const stays = new MainJob('--flights', '200k', ...args)
      const dies = new MainJob('--flights', '200k', ...args, '--state-dir', await scratch())
      const [moment] = moments(seed, 1, 400)
      expect(await dies.killAt({ after, delay: moment!.delay })).toBe(true)
      expect(await stays.ended, stays.output).toEqual({ code: 0, signal: null })
      await expectEachImportOnce(stage, totals)
    })
  }
})
