import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingTools } from '../kafka/jars.js'
import { questions } from './cases.js'
import { withoutIdleTombstones } from './normalise.js'
import { startOracle, type Oracle } from './oracle.js'
import { runPipeline } from './run.js'

const missing = missingTools()
if (missing !== undefined && process.env['CI'] === 'true') throw new Error(`the oracle cannot run: ${missing}`)

/** `ORACLE_CASES=20000 npx vitest run test/oracle` for a long run; `ORACLE_SEED` goes through the same cases again. */
const cases = Number(process.env['ORACLE_CASES'] ?? 500)
const seed = Number(process.env['ORACLE_SEED'] ?? Date.now() % 2 ** 31)

const operators =
  'stream table filter filterNot map flatMap selectKey mapRecord merge split repartition groupByKey groupBy toTable ' +
  'toStream count reduce aggregate join to'

describe.skipIf(missing !== undefined)('random topologies answer as Kafka Streams does', () => {
  let oracle: Oracle
  beforeAll(async () => {
    oracle = await startOracle()
  }, 120_000)
  afterAll(() => oracle?.close())

  it(`streams and tables: ${cases} cases with seed ${seed}`, { timeout: 60_000 + cases * 200 }, async () => {
    const covered = new Map(operators.split(' ').map(name => [name, 0]))
    const agree = fc.asyncProperty(questions, async question => {
      const { topology } = question
      for (const { op } of topology) covered.set(op, covered.get(op)! + 1)
      const answers = await Promise.all([runPipeline(question), oracle.ask(question)])
      const [actual, expected] = answers.map(answer => withoutIdleTombstones(answer, topology))
      expect(actual).toEqual(expected)
    })
    await fc.assert(agree, { numRuns: cases, seed })
    console.log(`operators in ${cases} cases: ${JSON.stringify(Object.fromEntries(covered))}`)
    expect([...covered].filter(([, count]) => count === 0)).toEqual([])
  })
})
