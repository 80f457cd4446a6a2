import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { streamTableJoin } from '../../src/operators/stream-table-join.js'
import { tableJoin } from '../../src/operators/table-join.js'
import { tableSource } from '../../src/operators/table-source.js'
import { Harness } from './harness.js'

describe('a stream and a table', () => {
  const joiner = (left: string, right: string | null, key: string): string => {
    if (left === 'bad') throw new Error('bad pair')
    return `${left}+${right}@${key}`
  }
  const joining = (left: boolean, cache = false) => {
    const harness = new Harness({ cache })
    return {
      harness,
      table: harness.operator(tableSource({ store: 't' })),
      stream: harness.operator(streamTableJoin({ table: 't', joiner, left })),
    }
  }

  test('each record meets the row of the moment, and keeps its own timestamp', () => {
    const { harness, table, stream } = joining(false)
    void stream('k', 's1', 1)
    void table('k', 't1', 50)
    void stream('k', 's2', 2)
    void table('k', null, 60)
    void stream('k', 's3', 3)
    expect(harness.read().filter(({ key, old }) => key === 'k' && old === undefined)).toEqual([
      { key: 'k', value: 's2+t1@k', timestamp: 2 },
    ])
  })

  test('a left join goes without a row, and without a key', () => {
    const { harness, stream } = joining(true)
    void stream('k', 's1', 1)
    void stream(null, 's2', 2)
    expect(harness.read()).toEqual([
      { key: 'k', value: 's1+null@k', timestamp: 1 },
      { key: null, value: 's2+null@null', timestamp: 2 },
    ])
  })

  test('sees what a cache still holds back', () => {
    const { harness, table, stream } = joining(false, true)
    void table('k', 't1', 50)
    void stream('k', 's', 1)
    expect(harness.read().map(({ value }) => value)).toEqual(['s+t1@k'])
  })

  test('a null key fails in an inner join; a null value is counted and dropped; the joiner’s error is the record’s', () => {
    const { harness, table, stream } = joining(false)
    void table('k', 't1', 50)
    harness.read()
    void stream(null, 's', 1)
    void stream('k', null, 1)
    void stream('k', 'bad', 1)
    expect(harness.failed()).toEqual(['NULL_KEY', 'bad pair'])
    expect(harness.counts).toEqual({ null_values_dropped: 1 })
    expect(harness.read()).toEqual([])
  })
})

describe('two tables', () => {
  type Kind = 'inner' | 'left' | 'outer'
  const joiner = (left: string | null, right: string | null, key: string): string => {
    if (left === 'bad') throw new Error('bad pair')
    return `${left}+${right}@${key}`
  }
  const joining = (kind: Kind, options: { cache?: boolean; sendOld?: boolean } = {}) => {
    const harness = new Harness({ cache: options.cache === true })
    const context = harness.context('join')
    const sendOld = options.sendOld === true
    const side = (mine: 'left' | 'right', other: string) =>
      tableJoin({ other, joiner, side: mine, kind, sendOld })(harness.follow(), context)
    const left = tableSource({ store: 'l' })(side('left', 'r'), context)
    const right = tableSource({ store: 'r' })(side('right', 'l'), context)
    return { harness, left, right }
  }

  // Left and right in turns: a value, or null for a deletion.
  const history = [
    ['left', 'l1'],
    ['right', 'r1'],
    ['left', 'l2'],
    ['right', 'r2'],
    ['right', null],
    ['left', null],
    ['right', 'r3'],
    ['left', 'l3'],
    ['left', null],
    ['right', null],
  ] as const

  // `undefined`: nothing is sent.
  test.each([
    ['inner', [undefined, 'l1+r1', 'l2+r1', 'l2+r2', null, undefined, undefined, 'l3+r3', null, undefined]],
    ['left', ['l1+null', 'l1+r1', 'l2+r1', 'l2+r2', 'l2+null', null, undefined, 'l3+r3', null, undefined]],
    ['outer', ['l1+null', 'l1+r1', 'l2+r1', 'l2+r2', 'l2+null', null, 'null+r3', 'l3+r3', 'null+r3', null]],
  ] as [Kind, (string | null | undefined)[]][])('%s: what each change sends', (kind, expected) => {
    const { harness, ...sides } = joining(kind)
    const results = history.map(([side, value], i) => {
      void sides[side]('k', value, i)
      return harness.read()[0]?.value
    })
    expect(results).toEqual(expected.map(value => (typeof value === 'string' ? `${value}@k` : value)))
  })

  test('the result has the later timestamp of the two', () => {
    const { harness, left, right } = joining('outer')
    void left('k', 'l1', 10)
    void right('k', 'r1', 5)
    void left('k', 'l2', 3)
    void left('k', null, 4)
    expect(harness.read().map(({ timestamp }) => timestamp)).toEqual([10, 10, 5, 5])
  })

  test('a null key fails; so does a pair that the joiner cannot work on, which is absent then', () => {
    const { harness, left, right } = joining('inner', { sendOld: true })
    const context = harness.context('join')
    void tableJoin({ other: 'r', joiner, side: 'left', kind: 'inner' })(harness.follow(), context)(null, 'l', 1)
    void right('k', 'r1', 1)
    void left('k', 'l1', 2)
    void left('k', 'bad', 3)
    void left('k', 'l2', 4)
    expect(harness.failed()).toEqual(['NULL_KEY', 'bad pair'])
    expect(harness.read().map(({ value, old }) => [value, old])).toEqual([
      ['l1+r1@k', null],
      [null, 'l1+r1@k'],
      ['l2+r1@k', null],
    ])
  })

  test('without sendOld the joiner is not called for old values', () => {
    const { harness, left, right } = joining('inner')
    void left('k', 'l1', 1)
    void right('k', 'r1', 1)
    void right('k', 'r2', 1)
    expect(harness.read().every(({ old }) => old === undefined)).toBe(true)
  })

  const kinds: Kind[] = ['inner', 'left', 'outer']
  test.each(kinds.flatMap(kind => [false, true].map(cache => [kind, cache] as const)))(
    '%s, cache %s: each old value is what was sent last, and the last is the join of both tables',
    (kind, cache) => {
      const change = fc.record({
        side: fc.constantFrom('left' as const, 'right' as const),
        key: fc.constantFrom('a', 'b'),
        value: fc.constantFrom('1', '2', 'bad', null),
        flush: fc.constantFrom('none', 'l', 'r', 'both'),
      })
      fc.assert(
        fc.property(fc.array(change, { maxLength: 30 }), changes => {
          const { harness, ...sides } = joining(kind, { cache, sendOld: true })
          const rows = { left: new Map<string, string | null>(), right: new Map<string, string | null>() }
          const flush = (which: string) => {
            if (which === 'l' || which === 'both') void harness.store('l').flush()
            if (which === 'r' || which === 'both') void harness.store('r').flush()
          }
          changes.forEach(({ side, key, value, flush: which }, i) => {
            rows[side].set(key, value)
            void sides[side](key, value, i)
            flush(which)
          })
          flush('both')
          const last = new Map<unknown, unknown>()
          for (const { key, value, old } of harness.read()) {
            expect(old).toBe(last.get(key) ?? null)
            last.set(key, value)
          }
          for (const key of ['a', 'b']) {
            const [left, right] = [rows.left.get(key) ?? null, rows.right.get(key) ?? null]
            const needed = {
              inner: left !== null && right !== null,
              left: left !== null,
              outer: left !== null || right !== null,
            }
            const expected = needed[kind] && left !== 'bad' ? `${left}+${right}@${key}` : null
            expect(last.get(key) ?? null).toBe(expected)
          }
        }),
      )
    },
  )
})
