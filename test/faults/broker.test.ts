import { join } from 'node:path'
import { kafka } from 'sluice'
import { expect, test } from 'vitest'
import { startBroker } from '../kafka/broker.js'
import { describeOwnKafka } from '../kafka/shared.js'
import { temporaryDirectory } from '../log/temporary.js'
import { generator } from '../../examples/shared/random.js'
import { faultSeed, full } from './moments.js'
import { startJob } from './process.js'
import { expectedImports, finishedImports, flightsPerImport, storedCounts } from './verdict.js'

const kills = 4

describeOwnKafka('a broker that is killed in the middle of transactions and comes back', () => {
  test.runIf(full)('interrupts the pipeline, and the result is exact', { timeout: 300_000 }, async () => {
    const random = generator(faultSeed())
    await using broker = await startBroker()
    const stateDir = join(await temporaryDirectory(), 'state')
    const job = startJob({
      log: { brokers: broker.brokers },
      stateDir,
      sessionTimeout: 10_000,
      transactionTimeout: 10_000,
      maxUncommittedBytes: 3_000,
    })
    let commits = 0
    for (let kill = 0; kill < kills; kill++) {
      // All of them before the job, which makes some sixty commits, is done.
      const wanted = commits + 2 + Math.floor(random() * 7)
      await job.line(line => {
        if (line.at === 'commit') commits = Math.max(commits, line.number)
        return line.at === 'commit' && line.number >= wanted
      })
      // Between two commits, or within one.
      await new Promise(resolve => setTimeout(resolve, random() * 10))
      await broker.kill()
      await broker.restart()
    }
    const { lines, errors } = await job.ended
    expect(lines.at(-1), errors).toEqual({ at: 'done', wrong: [] })
    const totals = await flightsPerImport()
    const log = await kafka({ brokers: broker.brokers }).open()
    expect(await finishedImports(log)).toEqual(expectedImports(totals))
    expect(await storedCounts(log, stateDir)).toEqual(totals)
    await log.close()
  })
})
