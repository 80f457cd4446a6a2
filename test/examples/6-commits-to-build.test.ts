import { readRecords, string, topic, type Log, type StreamRecord } from 'sluice'
import { expect, test, type TestContext } from 'vitest'
import { build, toBuild, type BuildResult } from '../../examples/6-commits-to-build/build.js'
import { push, type Commit, type Push } from '../../examples/6-commits-to-build/commits.js'
import ci, { builds, built, poison, results } from '../../examples/6-commits-to-build/pipeline.js'
import { expectEachOnce } from '../faults/kill-report.js'
import { faultSeed } from '../faults/moments.js'
import { onBothLogs } from './both-logs.js'
import { fullKills, killRun } from './kill-run.js'

const seed = faultSeed()

onBothLogs('6-commits-to-build', /^(commits-.*|build-and-test|build-results|poison-commits)$/, place => {
  test('each commit is built once, or a dead letter once', run, 900_000)

  async function run({ task }: TestContext): Promise<void> {
    const where = await place()
    const perRun = fullKills > 0 ? 60 : 300
    const { runs, row } = await killRun({
      example: '6-commits-to-build',
      place: where,
      args: run => ['--events', String(perRun * (run + 1)), '--commit-interval', '10'],
      kills: fullKills,
      seed,
    })
    const pushes = Array.from({ length: perRun * runs }, (_, n) => push(n))
    const good = pushes.filter(push => !push.poison)
    const log = await where.open()
    try {
      const queued = await read(log, builds)
      expectHistoriesInOrder(queued, pushes)
      if (runs === 1) expectFair(queued)
      const expected = await Promise.all(good.map(async push => [push.sha, await resultOf(push)] as const))
      const found = await read(log, results)
      const letters = await read(log, topic(poison.name, { key: string, value: string }))
      const poisoned = pushes.filter(({ poison }) => poison)
      expectEachOnce(task, row, {
        expected: [
          ...good.map(({ sha }) => `queued: ${sha}`),
          ...expected.map(([sha, result]) => `built: ${sha} ${JSON.stringify(result)}`),
          ...poisoned.map(({ sha, text }) => `poison: ${sha} ${text}`),
        ],
        found: [
          ...queued.map(({ key }) => `queued: ${key}`),
          ...found.map(({ key, value }) => `built: ${key} ${JSON.stringify(value)}`),
          ...letters.map(({ key, value }) => `poison: ${key} ${value}`),
        ],
      })
      expect(await countsOf(log, where.args[where.args.indexOf('--state-dir') + 1]!)).toEqual(tally(expected))
    } finally {
      await log.close()
    }
  }
})

type Read<V> = StreamRecord<string | null, V | null> & { readonly partition: number }

async function read<V>(log: Log, from: Parameters<typeof readRecords<string, V>>[1]): Promise<Read<V>[]> {
  const found: Read<V>[] = []
  for await (const record of readRecords(log, from)) found.push(record)
  return found
}

/** Within a partition, the commits of each repository are in the order of its history. */
function expectHistoriesInOrder(queued: readonly Read<{ repository: string }>[], pushes: readonly Push[]): void {
  const numbers = new Map(pushes.map(({ sha }, n) => [sha, n]))
  const latest = new Map<string, number>()
  for (const { key, value, partition } of queued) {
    const line = `${value!.repository} ${partition}`
    const number = numbers.get(key!)!
    expect(number, `${key} of ${line}`).toBeGreaterThan(latest.get(line) ?? -1)
    latest.set(line, number)
  }
}

/** The three quiet repositories have a tenth of the commits each: by turns, theirs are done long before the busy one's. */
function expectFair(queued: readonly Read<{ repository: string }>[]): void {
  for (const partition of [0, 1, 2, 3]) {
    const line = queued.filter(record => record.partition === partition).map(({ value }) => value!.repository)
    expect(line.findLastIndex(repository => repository !== 'compiler')).toBeLessThan(0.75 * line.length)
  }
}

async function resultOf({ text }: Push): Promise<BuildResult> {
  return await build(toBuild(JSON.parse(text) as Commit))
}

async function countsOf(log: Log, stateDir: string): Promise<Map<string, number>> {
  await using app = await ci.start({ log, stateDir })
  await app.drained()
  const found = new Map<string, number>()
  for await (const [what, count] of app.query(built).all()) found.set(what, count)
  return found
}

function tally(expected: readonly (readonly [string, BuildResult])[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [, { repository, passed }] of expected) {
    const what = `${repository} ${passed ? 'passed' : 'failed'}`
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  return counts
}
