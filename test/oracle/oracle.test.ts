import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingTools } from '../kafka/jars.js'
import { startOracle, type Oracle } from './oracle.js'
import type { OracleInput, OracleNode, Value } from './question.js'

const missing = missingTools()
if (missing !== undefined && process.env['CI'] === 'true') throw new Error(`the oracle cannot run: ${missing}`)

let oracle: Oracle
beforeAll(async () => {
  if (missing === undefined) oracle = await startOracle()
}, 120_000)
afterAll(() => oracle?.close())

const key = 'k'
const none = undefined

/** The table of joins in Kafka's documentation (developer guide, "KTable-KTable Join"): what comes out of each update. */
const tableJoins: readonly [left: Value | undefined, right: Value | undefined, ...results: (Value | undefined)[]][] = [
  [null, none, none, none, none],
  [none, null, none, none, none],
  ['A', none, none, 'A&null', 'A&null'],
  [none, 'a', 'A&a', 'A&a', 'A&a'],
  ['B', none, 'B&a', 'B&a', 'B&a'],
  [none, 'b', 'B&b', 'B&b', 'B&b'],
  [null, none, null, null, 'null&b'],
  [none, null, none, none, null],
  ['C', none, none, 'C&null', 'C&null'],
  [none, 'c', 'C&c', 'C&c', 'C&c'],
  [none, null, null, 'C&null', 'C&null'],
  [null, none, none, null, null],
  [none, null, none, none, none],
  [none, 'd', none, none, 'null&d'],
  ['D', none, 'D&d', 'D&d', 'D&d'],
]

describe.skipIf(missing !== undefined)('the oracle', () => {
  it.each(['inner', 'left', 'outer'])('joins tables as the documentation says: %s', async kind => {
    const column = ['inner', 'left', 'outer'].indexOf(kind)
    const records = tableJoins.map(([left, right], i): OracleInput =>
      left !== none ? ['left', key, left, i] : ['right', key, right!, i],
    )
    const { outputs, stores } = await oracle.ask({
      topology: [
        { id: 'left', op: 'table', topic: 'left' },
        { id: 'right', op: 'table', topic: 'right' },
        { id: 'joined', op: 'join', of: 'left', with: 'right', kind, joiner: ['pair'], as: 'joined' },
        { id: 'out', op: 'to', of: 'joined', topic: 'out' },
      ],
      records,
      stores: ['joined'],
    })
    const expected = tableJoins.flatMap(([, , ...results], i) =>
      results[column] === none ? [] : [[i, 'out', key, results[column]]],
    )
    expect(outputs.map(output => output.slice(0, 4))).toEqual(expected)
    expect(stores['joined']).toEqual([[key, 'D&d', 14]])
  })

  it('gives final results of windows once they close, and drops what comes later', async () => {
    const { outputs } = await oracle.ask({
      topology: [...window('tumbling', { size: 10, grace: 5, emit: 'final' })],
      records: [
        ['in', 'k', 'x', 1],
        ['in', 'k', 'x', 12],
        ['in', 'k', 'x', 2],
        ['in', 'k', 'x', 15, 'closing'],
        ['in', 'k', 'x', 3],
        ['in', 'k', 'x', 25],
      ],
    })
    expect(outputs).toEqual([
      [3, 'out', 'k@0/10', 2, 2, 'h=closing'],
      [5, 'out', 'k@10/20', 2, 15, ''],
    ])
  })

  it.each([
    ['tumbling', { size: 10, grace: 5 }],
    ['hopping', { size: 10, step: 5, grace: 5 }],
    ['sliding', { size: 10, grace: 5 }],
    ['session', { size: 10, grace: 5 }],
  ] as const)('answers the same in memory and on RocksDB: %s', async (kind, options) => {
    const topology = window(kind, options)
    const records = Array.from({ length: 60 }, (_, i): OracleInput => ['in', `k${i % 3}`, i, (i * 37) % 41])
    const question = { topology, records, stores: ['counts'] }
    const answer = await oracle.ask(question)
    expect(answer.outputs.length).toBeGreaterThan(10)
    expect(await oracle.ask({ ...question, rocksdb: true })).toEqual(answer)
  })

  it('says what is wrong with a topology, and goes on', async () => {
    const topology: OracleNode[] = [{ id: 'a', op: 'filter', of: 'b' }]
    await expect(oracle.ask({ topology, records: [] })).rejects.toThrow('no node b')
    const { description } = await oracle.ask({
      topology: [...window('tumbling', { size: 1 })],
      records: [],
      describe: true,
    })
    expect(description).toContain('Sub-topology: 0')
  })
})

function window(kind: string, options: object): OracleNode[] {
  return [
    { id: 'in', op: 'stream', topic: 'in' },
    { id: 'group', op: 'groupByKey', of: 'in' },
    { id: 'window', op: 'window', of: 'group', kind, ...options },
    { id: 'counts', op: 'count', of: 'window', as: 'counts' },
    { id: 'out', op: 'to', of: 'counts', topic: 'out' },
  ]
}
