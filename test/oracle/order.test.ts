import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingTools } from '../kafka/jars.js'
import { compare } from './compare.js'
import { startOracle, type Oracle } from './oracle.js'
import type { OracleInput, OracleNode } from './question.js'

const missing = missingTools()

const sources: OracleNode[] = [
  { id: 'a', op: 'stream', topic: 'a' },
  { id: 't', op: 'table', topic: 't' },
  { id: 'rows', op: 'toStream', of: 't', tombstones: false },
]
const times = { kind: 'inner', joiner: ['pair'], before: 5, after: 5, grace: 0, name: 'both' }
const join: OracleNode = { id: 'join', op: 'join', of: 'a', with: 'rows', ...times }
const step: OracleNode = { id: 'step', op: 'map', of: 'rows', f: ['append', '!'] }

const topologies: readonly (readonly [string, readonly OracleNode[]])[] = [
  ['a join, then the stream itself', [join, { id: 'end', op: 'merge', of: 'join', with: 'rows' }]],
  ['the stream itself, then a join', [join, { id: 'end', op: 'merge', of: 'rows', with: 'join' }]],
  ['a step that was written before the join', [step, join, { id: 'end', op: 'merge', of: 'join', with: 'step' }]],
  ['a step that was written after the join', [join, step, { id: 'end', op: 'merge', of: 'step', with: 'join' }]],
]

const records: OracleInput[] = [
  ['a', 'k', 'x', 0],
  ['t', 'k', 'y', 1],
  ['a', 'k', 'z', 2],
  ['t', 'k', 'w', 3],
]

describe.skipIf(missing !== undefined)('what follows a node gets its records in the order of Kafka Streams', () => {
  let oracle: Oracle
  beforeAll(async () => {
    oracle = await startOracle()
  }, 120_000)
  afterAll(() => oracle?.close())

  it.each(topologies)('%s', async (_, nodes) => {
    const topology = [...sources, ...nodes, { id: 'to', op: 'to', of: 'end', topic: 'out' }]
    await expect(compare(oracle, { topology, records, partitions: 1 })).resolves.toBeUndefined()
  })
})
