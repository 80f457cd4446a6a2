import fc from 'fast-check'
import { describe, it } from 'vitest'
import { runs } from '../store/runs.js'
import type { OracleInput } from '../oracle/question.js'
import { inputs, missing, pair, same, texting, texts, useOracle } from './differential.js'

const kinds = ['inner', 'left'] as const
const code = (text: string): number => text.charCodeAt(0)
/** No foreign key for some values, the same for others. The oracle's number of a text of one character is its code. */
const foreign = (text: string): string | null => (code(text) % 5 === 0 ? null : `b${code(text) % 2}`)
const on = ['nullIf', ['mod', 5, 0], ['bucket', 2]]

/** A deletion of what is not there goes on as a change in Kafka Streams, and does not here. */
function deletesSomething(): (record: OracleInput) => boolean {
  const present = new Set<string>()
  return record => {
    if ('advance' in record) return true
    const row = `${record[0]} ${record[1]}`
    if (record[2] !== null) present.add(row)
    return record[2] !== null || present.delete(row)
  }
}

describe.skipIf(missing !== undefined)('a join by a foreign key, beside Kafka Streams', () => {
  const oracle = useOracle()
  // The keys of the right table are those that the left one's values name.
  const records = inputs(['l', 'r']).map(list =>
    list
      .map(record =>
        'advance' in record || record[0] === 'l' || record[1] === null
          ? record
          : ([record[0], record[1] === 'a' ? 'b0' : 'b1', record[2], record[3]] as const),
      )
      .filter(deletesSomething()),
  )

  for (const as of ['joined', undefined]) {
    it.each(kinds)(as === undefined ? '%s' : '%s, kept', { timeout: 120_000 }, async kind => {
      const property = fc.asyncProperty(records, async given => {
        const topology = [
          { id: '1', op: 'table', topic: 'l', as: 'l' },
          { id: '2', op: 'table', topic: 'r', as: 'r' },
          { id: '3', op: 'join', of: '1', with: '2', kind, joiner: ['pair'], on, ...(as === undefined ? {} : { as }) },
          { id: '4', op: 'to', of: '3', topic: 'out' },
        ]
        const build = () => {
          const p = texting()
          const left = p.table(texts('l'), { as: 'l' })
          const right = p.table(texts('r'), { as: 'r' })
          const options = { on: foreign, ...(as === undefined ? {} : { as }) }
          const joined = kind === 'left' ? left.leftJoin(right, pair, options) : left.join(right, pair, options)
          joined.toStream().to(texts('out'))
          return p
        }
        await same(oracle, topology, build, given, { idleTombstones: false })
      })
      await fc.assert(property, runs(20))
    })
  }

  it.each(kinds)('%s, of versioned tables, computed rows', { timeout: 120_000 }, async kind => {
    const property = fc.asyncProperty(records, async given => {
      const topology = [
        { id: '1', op: 'table', topic: 'l', as: 'l', history: 20 },
        { id: '2', op: 'table', topic: 'r', as: 'r', history: 20 },
        { id: '5', op: 'filter', of: '2', p: ['mod', 3, 0] },
        { id: '3', op: 'join', of: '1', with: '5', kind, joiner: ['pair'], on },
        { id: '4', op: 'to', of: '3', topic: 'out' },
      ]
      const build = () => {
        const p = texting()
        const left = p.table(texts('l'), { as: 'l', history: 20 })
        const right = p.table(texts('r'), { as: 'r', history: 20 }).filter(text => code(text) % 3 === 0)
        const joined =
          kind === 'left' ? left.leftJoin(right, pair, { on: foreign }) : left.join(right, pair, { on: foreign })
        joined.toStream().to(texts('out'))
        return p
      }
      await same(oracle, topology, build, given, { idleTombstones: false })
    })
    await fc.assert(property, runs(20))
  })
})
