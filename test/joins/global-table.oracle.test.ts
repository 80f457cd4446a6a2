import fc from 'fast-check'
import { describe, it } from 'vitest'
import { runs } from '../store/runs.js'
import { both, inputs, missing, pair, same, texting, texts, useOracle } from './differential.js'

const kinds = ['inner', 'left'] as const

// A selector of Kafka Streams is called for null values too; those take no part either way.
describe.skipIf(missing !== undefined)('a join with a global table, beside Kafka Streams', () => {
  const oracle = useOracle()

  it.each(kinds)('%s', { timeout: 120_000 }, async kind => {
    const property = fc.asyncProperty(inputs(['g', 's']), async records => {
      const topology = [
        { id: '1', op: 'globalTable', topic: 'g', as: 'g' },
        { id: '2', op: 'stream', topic: 's' },
        { id: '3', op: 'join', of: '2', with: '1', kind, joiner: ['keyPair'], on: ['nullIf', ['mod', 2, 0], ['key']] },
        { id: '4', op: 'to', of: '3', topic: 'out' },
      ]
      const build = () => {
        const p = texting()
        const table = p.globalTable(texts('g'), { as: 'g' })
        const stream: any = p.stream(texts('s'), both)
        stream[kind === 'left' ? 'leftJoin' : 'join'](
          table,
          (x: string, y: string | null, key: string) => `${key}=${pair(x, y)}`,
          // The oracle's number of a text of one character is its code.
          { on: (text: string, key: string | null) => (text.charCodeAt(0) % 2 === 0 ? null : key) },
        ).to(texts('out'))
        return p
      }
      await same(oracle, topology, build, records)
    })
    await fc.assert(property, runs(20))
  })
})
