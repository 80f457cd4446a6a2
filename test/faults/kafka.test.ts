import { join } from 'node:path'
import { kafka } from 'sluice'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBroker, type Broker } from '../kafka/broker.js'
import { describeOwnKafka } from '../kafka/shared.js'
import { temporaryDirectory } from '../log/temporary.js'
import { faultSeed, full, moments } from './moments.js'
import { runJob } from './process.js'
import { expectedImports, finishedImports, flightsPerImport, storedCounts } from './verdict.js'

const kills = full ? 20 : 5

describeOwnKafka('on Kafka', () => {
  let broker: Broker
  beforeAll(async () => {
    broker = await startBroker()
  })
  afterAll(() => broker?.stop())

  test(`${kills} times kill -9 leave every import finished once`, { timeout: 600_000 }, async () => {
    const stateDir = join(await temporaryDirectory(), 'state')
    const config = {
      log: { brokers: broker.brokers },
      stateDir,
      sessionTimeout: 10_000,
      transactionTimeout: 10_000,
      maxUncommittedBytes: 8_000,
    }
    for (const kill of moments(kills, faultSeed(), 12)) {
      const { killed, lines } = await runJob({ ...config, kill })
      expect(killed, `${JSON.stringify(kill)} ${JSON.stringify(lines.at(-1))}`).toBe(true)
    }
    const { lines } = await runJob(config)
    expect(lines.at(-1)).toEqual({ at: 'done', wrong: [] })
    const totals = await flightsPerImport()
    const log = await kafka({ brokers: broker.brokers }).open()
    expect(await finishedImports(log)).toEqual(expectedImports(totals))
    expect(await storedCounts(log, stateDir)).toEqual(totals)
    await log.close()
  })
})
