import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OracleInput } from '../oracle/question.js'
import { runs } from '../store/runs.js'
import { both, inputs, missing, pair, same, texting, texts, useOracle } from './differential.js'

const methods = { inner: 'join', left: 'leftJoin', outer: 'outerJoin' } as const
type Kind = keyof typeof methods
const kinds = ['inner', 'left', 'outer'] as const satisfies readonly Kind[]

interface Window {
  readonly before: number
  readonly after: number
  readonly grace: number
}

/** The stream `l` joined with another, or with itself: as the oracle is told it, and as it is written here. */
function joinOf(kind: Kind, window: Window, other: 'l' | 'r' = 'r') {
  const topology = [
    { id: 'l', op: 'stream', topic: 'l' },
    ...(other === 'l' ? [] : [{ id: 'r', op: 'stream', topic: 'r' }]),
    { id: 'join', op: 'join', of: 'l', with: other, kind, joiner: ['pair'], ...window },
    { id: 'to', op: 'to', of: 'join', topic: 'out' },
  ]
  const build = () => {
    const p = texting()
    const left: any = p.stream(texts('l'), both)
    const right = other === 'l' ? left : p.stream(texts('r'), both)
    left[methods[kind]](right, pair, window).to(texts('out'))
    return p
  }
  return { topology, build }
}

describe.skipIf(missing !== undefined)('a join of two streams, beside Kafka Streams', () => {
  const oracle = useOracle()
  const windows = fc
    .record({
      before: fc.integer({ min: -4, max: 12 }),
      after: fc.integer({ min: -4, max: 12 }),
      grace: fc.constantFrom(0, 0, 3, 20),
    })
    .filter(({ before, after }) => before + after >= 0)

  it.each(kinds)('%s', { timeout: 120_000 }, async kind => {
    const property = fc.asyncProperty(windows, inputs(['l', 'r']), async (window, records) => {
      const { topology, build } = joinOf(kind, window)
      await same(oracle, topology, build, records)
    })
    await fc.assert(property, runs(20))
  })

  it.each(kinds)('%s, of a stream with itself', { timeout: 120_000 }, async kind => {
    const property = fc.asyncProperty(windows, inputs(['l']), async (window, records) => {
      const { topology, build } = joinOf(kind, window, 'l')
      await same(oracle, topology, build, records)
    })
    await fc.assert(property, runs(12))
  })

  /** That both tell just these pairs, each behind the record of that number. */
  async function expectBoth(
    { topology, build }: ReturnType<typeof joinOf>,
    records: readonly OracleInput[],
    pairs: readonly (readonly [cause: number, text: string])[],
  ): Promise<void> {
    const { outputs } = await oracle.ask({ topology, records })
    expect(outputs.map(([cause, , , text]) => [cause, text])).toEqual(pairs)
    await same(oracle, topology, build, records)
  }

  it('closes a window after its end, not at it', async () => {
    const join = joinOf('left', { before: 15_000, after: 15_000, grace: 5_000 })
    const records = [40_000, 60_000, 60_001].map((time, i) => ['l', 'k', String(i), time] as const)
    await expectBoth(join, records, [[2, '0&null']])
  })

  it('outer, where a look ends at the second of two records of one key and time', async () => {
    const join = joinOf('outer', { before: 10, after: 10, grace: 5 })
    const records = [
      ['r', 'a', '1', 1],
      ['r', 'b', '2', 10],
      ['l', 'c', '3', 11],
      ['l', 'c', '4', 11],
      ['r', 'd', '5', 15],
      ['l', 'a', '6', 19],
      ['r', 'a', '7', 27],
    ] as const
    await expectBoth(join, records, [
      [5, 'null&1'],
      [6, 'null&2'],
      [6, '3&null'],
      [6, '4&null'],
      [6, '6&7'],
    ])
  })

  it('two in a row', { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(windows, windows, inputs(['l', 'r', 's']), async (first, second, records) => {
      const topology = [
        { id: '1', op: 'stream', topic: 'l' },
        { id: '2', op: 'stream', topic: 'r' },
        { id: '3', op: 'stream', topic: 's' },
        { id: '4', op: 'join', of: '1', with: '2', kind: 'left', joiner: ['pair'], ...first },
        { id: '5', op: 'join', of: '4', with: '3', kind: 'outer', joiner: ['pair'], ...second },
        { id: '6', op: 'to', of: '5', topic: 'out' },
      ]
      const build = () => {
        const p = texting()
        p.stream(texts('l'), both)
          .leftJoin(p.stream(texts('r'), both), pair, { ...first, as: 'first' })
          .outerJoin(p.stream(texts('s'), both), pair, { ...second, as: 'second' })
          .to(texts('out'))
        return p
      }
      await same(oracle, topology, build, records)
    })
    await fc.assert(property, runs(12))
  })
})
