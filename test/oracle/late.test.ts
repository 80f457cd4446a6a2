import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDriver } from '../../src/testing/index.js'
import { missingTools } from '../kafka/jars.js'
import { startOracle, type Oracle } from './oracle.js'
import { buildPipeline, valueTopic } from './pipeline.js'
import type { OracleInput, OracleNode } from './question.js'
import { windowsOf } from './window-choices.js'

const missing = missingTools()
const seed = Number(process.env['ORACLE_SEED'] ?? Date.now() % 2 ** 31)
const count = 60

const records = fc.array(fc.tuple(fc.constant('in'), fc.constantFrom('k1', 'k2'), fc.constant('x'), fc.nat(80)), {
  minLength: 1,
  maxLength: 20,
})

describe.skipIf(missing !== undefined)('records that come too late for their windows', () => {
  let oracle: Oracle
  beforeAll(async () => {
    oracle = await startOracle()
  }, 120_000)
  afterAll(() => oracle?.close())

  it(`are counted as in Kafka Streams, and told by late(): ${count} cases with seed ${seed}`, async () => {
    let late = 0
    const property = fc.asyncProperty(fc.nat(99), fc.nat(99), records, async (n, m, inputs: OracleInput[]) => {
      const { emit: _, ...windows } = windowsOf(n, m)
      if (windows.kind === 'unlimited') return
      const counted: OracleNode[] = [
        { id: 'in', op: 'stream', topic: 'in' },
        { id: 'group', op: 'groupByKey', of: 'in' },
        { id: 'windows', of: 'group', ...windows },
        { id: 'counts', op: 'count', of: 'windows', as: 'counts' },
      ]
      const told: OracleNode[] = [
        { id: 'late', of: 'in', ...windows, op: 'late', as: 'late' },
        { id: 'to', op: 'to', of: 'late', topic: 'out' },
      ]
      const { dropped } = await oracle.ask({ topology: counted, records: inputs })
      await using driver = await testDriver(buildPipeline([...counted, ...told]))
      for (const input of inputs) {
        if (!('advance' in input))
          await driver.input(valueTopic('in')).send(input[1], input[2], { timestamp: input[3] })
      }
      const counters = Object.entries(driver.counters).filter(([name]) => name.startsWith('late_records'))
      expect(counters.reduce((sum, [, n]) => sum + n, 0)).toBe(dropped)
      // A record that is late for some windows and not for others is counted for those, and is not late as a whole.
      const out = driver.output(valueTopic('out')).read().length
      if (windows.kind === 'tumbling' || windows.kind === 'session') expect(out).toBe(dropped)
      else expect(out).toBeLessThanOrEqual(dropped!)
      late += out
    })
    await fc.assert(property, { numRuns: count, seed })
    expect(late).toBeGreaterThan(0)
  })
})
