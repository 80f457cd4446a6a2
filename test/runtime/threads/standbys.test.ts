import { join } from 'node:path'
import { kafka as kafkaLog, type Log } from 'sluice'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { full } from '../../faults/moments.js'
import { describeKafka } from '../../kafka/shared.js'
import { makeDirectory, removeDirectory } from '../../log/temporary.js'
import { killJobs, startJob, type JobProcess } from './process.js'
import { expected, lastTotals, makeTopics, write } from './words.js'

const distinct = 5_000
const word = (n: number): string => `w${n % distinct}`

describeKafka('standbys of processes that are killed', kafka => {
  let log: Log
  let dir: string

  beforeAll(async () => {
    dir = await makeDirectory()
    log = await kafkaLog({ brokers: kafka.brokers }).open()
  })
  afterEach(killJobs)
  afterAll(async () => {
    await log.close()
    await removeDirectory(dir)
  })

  /** Two that share the tasks, and have a standby of each task with state that the other runs, up to date. */
  async function paired(...jobs: [JobProcess, JobProcess]): Promise<void> {
    const withState = (names: readonly string[]) => names.filter(name => name.includes('repartition')).toSorted()
    const copies = ({ standbys }: JobProcess) => standbys.map(({ task }) => task)
    await expect
      .poll(
        () =>
          jobs.every((job, i) => {
            const own = withState(job.tasks)
            const other = copies(jobs[1 - i]!).toSorted()
            return job.tasks.length === 4 && own.join() === other.join() && job.standbys.every(({ lag }) => lag === 0)
          }),
        { timeout: 60_000 },
      )
      .toBe(true)
  }

  it.each(full ? [1, 2] : [2])(
    'take over with nearly nothing to read, lost 0, doubled 0 (%d threads)',
    async threads => {
      const app = kafka.name('standbys')
      await makeTopics(log, app)
      const changelog = Array.from({ length: 4 }, (_, partition) => ({ topic: `${app}-counts-changelog`, partition }))
      const changes = async () => {
        return [...(await log.endOffsets(changelog, 'read_committed')).values()].reduce((sum, end) => sum + end, 0)
      }
      const config = (n: number) => {
        const stateDir = join(dir, `${app}-${n}`)
        return { app, brokers: kafka.brokers, stateDir, threads, standbys: 1, deadAfter: 6_000 }
      }
      const stays = startJob(config(1))
      await stays.saying(line => line.event === 'status' && line.state === 'running' && line.tasks.length === 8)
      let written = 10_000
      await write(log, app, 0, written, word)
      let dies = startJob(config(2))
      await paired(stays, dies)

      // In the middle of its work.
      let ended = false
      const writing = (async () => {
        while (!ended) {
          await write(log, app, written, written + 500, word)
          written += 500
        }
      })()
      try {
        await dies.saying(line => line.event === 'status' && line.state === 'running' && line.commits > 5)
        await dies.kill()
        await expect.poll(() => stays.tasks.length, { timeout: 60_000 }).toBe(8)
      } finally {
        ended = true
        await writing
      }
      await stays.drained()
      expect(await lastTotals(log, app)).toEqual(expected(written, word))

      // With everything done, so that what it has to read can be told.
      dies = startJob(config(2))
      await paired(stays, dies)
      await write(log, app, written, written + 3_000, word)
      written += 3_000
      await stays.drained()
      await paired(stays, dies)
      stays.restored = 0
      await dies.kill()
      await expect.poll(() => stays.tasks.length, { timeout: 60_000 }).toBe(8)
      expect(await changes()).toBeGreaterThan(13_000)
      expect(stays.restored).toBeLessThan(100)
      await write(log, app, written, written + 500, word)
      await stays.drained()
      expect(await lastTotals(log, app)).toEqual(expected(written + 500, word))
      await stays.close()
    },
    120_000,
  )
})
