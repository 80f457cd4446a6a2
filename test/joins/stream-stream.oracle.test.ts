import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../store/runs.js'
import { both, inputs, missing, pair, same, texting, texts, useOracle } from './differential.js'

const kinds = ['inner', 'left', 'outer'] as const
const methods = { inner: 'join', left: 'leftJoin', outer: 'outerJoin' } as const

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
      const topology = [
        { id: '1', op: 'stream', topic: 'l' },
        { id: '2', op: 'stream', topic: 'r' },
        { id: '3', op: 'join', of: '1', with: '2', kind, joiner: ['pair'], ...window },
        { id: '4', op: 'to', of: '3', topic: 'out' },
      ]
      const build = () => {
        const p = texting()
        const left: any = p.stream(texts('l'), both)
        left[methods[kind]](p.stream(texts('r'), both), pair, window).to(texts('out'))
        return p
      }
      await same(oracle, topology, build, records)
    })
    await fc.assert(property, runs(20))
  })

  it.each(kinds)('%s, of a stream with itself', { timeout: 120_000 }, async kind => {
    const property = fc.asyncProperty(windows, inputs(['l']), async (window, records) => {
      const topology = [
        { id: '1', op: 'stream', topic: 'l' },
        { id: '3', op: 'join', of: '1', with: '1', kind, joiner: ['pair'], ...window },
        { id: '4', op: 'to', of: '3', topic: 'out' },
      ]
      const build = () => {
        const p = texting()
        const left: any = p.stream(texts('l'), both)
        left[methods[kind]](left, pair, window).to(texts('out'))
        return p
      }
      await same(oracle, topology, build, records)
    })
    await fc.assert(property, runs(12))
  })

  it('closes a window after its end, not at it', async () => {
    const window = { before: 15_000, after: 15_000, grace: 5_000 }
    const topology = [
      { id: '1', op: 'stream', topic: 'l' },
      { id: '2', op: 'stream', topic: 'r' },
      { id: '3', op: 'join', of: '1', with: '2', kind: 'left', joiner: ['pair'], ...window },
      { id: '4', op: 'to', of: '3', topic: 'out' },
    ]
    const records = [40_000, 60_000, 60_001].map((time, i) => ['l', 'k', String(i), time] as const)
    const answer = await oracle.ask({ topology, records })
    expect(answer.outputs.map(([cause, , , text]) => [cause, text])).toEqual([[2, '0&null']])
    const build = () => {
      const p = texting()
      p.stream(texts('l'), both)
        .leftJoin(p.stream(texts('r'), both), pair, window)
        .to(texts('out'))
      return p
    }
    await same(oracle, topology, build, records)
  })

  it('outer, where a look ends at the second of two records of one key and time', async () => {
    const window = { before: 10, after: 10, grace: 5 }
    const topology = [
      { id: '1', op: 'stream', topic: 'l' },
      { id: '2', op: 'stream', topic: 'r' },
      { id: '3', op: 'join', of: '1', with: '2', kind: 'outer', joiner: ['pair'], ...window },
      { id: '4', op: 'to', of: '3', topic: 'out' },
    ]
    const records = [
      ['r', 'a', '1', 1],
      ['r', 'b', '2', 10],
      ['l', 'c', '3', 11],
      ['l', 'c', '4', 11],
      ['r', 'd', '5', 15],
      ['l', 'a', '6', 19],
      ['r', 'a', '7', 27],
    ] as const
    const answer = await oracle.ask({ topology, records })
    expect(answer.outputs.map(([cause, , , text]) => [cause, text])).toEqual([
      [5, 'null&1'],
      [6, 'null&2'],
      [6, '3&null'],
      [6, '4&null'],
      [6, '6&7'],
    ])
    const build = () => {
      const p = texting()
      p.stream(texts('l'), both)
        .outerJoin(p.stream(texts('r'), both), pair, window)
        .to(texts('out'))
      return p
    }
    await same(oracle, topology, build, records)
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
