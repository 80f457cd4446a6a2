import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingTools } from '../kafka/jars.js'
import { check } from './check.js'
import { startOracle, type Oracle } from './oracle.js'

const missing = missingTools()
if (missing !== undefined && process.env['CI'] === 'true') throw new Error(`the oracle cannot run: ${missing}`)

// `npm run test:oracle` is the long run. `ORACLE_SEED` goes through the same cases again.
const count = 500
const seed = Number(process.env['ORACLE_SEED'] ?? Date.now() % 2 ** 31)

describe.skipIf(missing !== undefined)('random topologies', () => {
  let oracle: Oracle
  beforeAll(async () => {
    oracle = await startOracle()
  }, 120_000)
  afterAll(() => oracle?.close())

  it(`answer as Kafka Streams does: ${count} cases with seed ${seed}`, { timeout: 300_000 }, async () => {
    const { coverage, failure } = await check(oracle, { seed, count })
    expect(failure?.message).toBeUndefined()
    // What is rare may be missing among so few.
    expect(coverage.missing.length).toBeLessThan(12)
  })
})
