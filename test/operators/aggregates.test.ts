import { describe, expect, test } from 'vitest'
import { aggregate } from '../../src/operators/aggregate.js'
import { aggregateFold, countFold, reduceFold } from '../../src/operators/fold.js'
import type { Operator } from '../../src/operators/operator.js'
import { tableSource } from '../../src/operators/table-source.js'
import { toTable } from '../../src/operators/to-table.js'
import { Harness } from './harness.js'

const store = 's'

test('count: the number so far, with the old one, and the latest timestamp', () => {
  const harness = new Harness()
  const process = harness.operator(aggregate({ store, fold: countFold }))
  void process('a', 'x', 10)
  void process('a', 'x', 30)
  void process('a', 'x', 20)
  void process('b', 'x', 5)
  expect(harness.read()).toEqual([
    { key: 'a', value: 1, timestamp: 10, old: null },
    { key: 'a', value: 2, timestamp: 30, old: 1 },
    { key: 'a', value: 3, timestamp: 30, old: 2 },
    { key: 'b', value: 1, timestamp: 5, old: null },
  ])
})

test('count with a cache tells once per key, of the difference', () => {
  const harness = new Harness({ cache: true })
  const process = harness.operator(aggregate({ store, fold: countFold }))
  for (const timestamp of [1, 3, 2]) void process('a', 'x', timestamp)
  expect(harness.read()).toEqual([])
  void harness.store(store).flush()
  void process('a', 'x', 4)
  void harness.store(store).flush()
  expect(harness.read()).toEqual([
    { key: 'a', value: 3, timestamp: 3, old: null },
    { key: 'a', value: 4, timestamp: 4, old: 3 },
  ])
})

test('reduce: the first value is the first aggregate', () => {
  const harness = new Harness()
  const process = harness.operator(aggregate({ store, fold: reduceFold((a: number, b: number) => a + b) }))
  void process('a', 2, 20)
  void process('a', 3, 10)
  expect(harness.read()).toEqual([
    { key: 'a', value: 2, timestamp: 20, old: null },
    { key: 'a', value: 5, timestamp: 20, old: 2 },
  ])
})

test('aggregate: may change the aggregate in place, old values stay what they were; the timestamp is the latest', () => {
  const harness = new Harness()
  const process = harness.operator(
    aggregate({
      store,
      fold: aggregateFold(
        (): string[] => [],
        (list, value: string, key: string) => {
          list.push(key + value)
          return list
        },
      ),
    }),
  )
  void process('a', '1', 9)
  void process('a', '2', 2)
  expect(harness.read()).toEqual([
    { key: 'a', value: ['a1'], timestamp: 9, old: null },
    { key: 'a', value: ['a1', 'a2'], timestamp: 9, old: ['a1'] },
  ])
})

test('an aggregate of null is deleted, and begins anew with the next record’s timestamp', () => {
  const harness = new Harness()
  const add = (sum: number, value: number) => (sum + value === 0 ? null : sum + value)
  const process = harness.operator(aggregate({ store, fold: aggregateFold(() => 0, add) }))
  void process('a', 2, 50)
  void process('a', -2, 60)
  void process('a', 7, 10)
  expect(harness.read()).toEqual([
    { key: 'a', value: 2, timestamp: 50, old: null },
    { key: 'a', value: null, timestamp: 60, old: 2 },
    { key: 'a', value: 7, timestamp: 10, old: null },
  ])
})

describe('what cannot be aggregated', () => {
  const operators: Record<string, Operator> = {
    count: aggregate({ store, fold: countFold }),
    reduce: aggregate({ store, fold: reduceFold((a: number) => a) }),
    aggregate: aggregate({
      store,
      fold: aggregateFold(
        () => 0,
        (sum: number) => sum,
      ),
    }),
  }

  test.each(Object.entries(operators))(
    '%s: a null key fails, a null value is counted and dropped',
    (_name, operator) => {
      const harness = new Harness()
      const process = harness.operator(operator)
      void process(null, 1, 1)
      void process(undefined, 1, 1)
      void process('a', null, 1)
      expect(harness.failed()).toEqual(['NULL_KEY', 'NULL_KEY'])
      expect(harness.counts).toEqual({ null_values_dropped: 1 })
      expect(harness.read()).toEqual([])
    },
  )

  test.each([
    [
      'throws',
      () => {
        throw new Error('bad')
      },
      'bad',
    ],
    ['answers undefined', () => undefined, 'CALLBACK'],
    ['answers a promise', () => Promise.resolve(1), 'CALLBACK'],
  ] as [string, () => never, string][])('a function that %s leaves the store as it was', (_what, fn, failure) => {
    const harness = new Harness()
    const reducing = harness.operator(aggregate({ store: 'r', fold: reduceFold(fn) }))
    void reducing('a', 1, 1)
    void reducing('a', 2, 2)
    void harness.operator(aggregate({ store: 'a', fold: aggregateFold(() => 0, fn) }))('a', 1, 1)
    void harness.operator(aggregate({ store: 'i', fold: aggregateFold(fn, () => 1) }))('a', 1, 1)
    expect(harness.failed()).toEqual([failure, failure, failure])
    expect(harness.store('r').get('a')).toBe(1)
    expect(harness.store('a').get('a')).toBeUndefined()
    expect(harness.store('i').get('a')).toBeUndefined()
  })

  test('an error of what follows is not one of the function', () => {
    const harness = new Harness()
    harness.next = () => {
      throw new Error('downstream')
    }
    const process = harness.operator(
      aggregate({
        store,
        fold: aggregateFold(
          () => 0,
          (sum: number) => sum + 1,
        ),
      }),
    )
    expect(() => process('a', 1, 1)).toThrow('downstream')
    expect(harness.failures).toEqual([])
  })
})

test.each([
  ['a table read from a topic', tableSource({ store })],
  ['toTable', toTable({ store })],
])('%s: writes, deletes, and passes on old and new', (_name, operator) => {
  const harness = new Harness()
  const process = harness.operator(operator)
  void process('a', 1, 10)
  void process('a', 2, 5)
  void process('a', null, 20)
  void process('a', null, 30)
  void process(null, 1, 40)
  expect(harness.read()).toEqual([
    { key: 'a', value: 1, timestamp: 10, old: null },
    { key: 'a', value: 2, timestamp: 5, old: 1 },
    { key: 'a', value: null, timestamp: 20, old: 2 },
  ])
  expect(harness.failed()).toEqual(['NULL_KEY'])
})

test('a table without a store passes changes on, old value unknown', () => {
  const harness = new Harness()
  const process = harness.operator(tableSource())
  void process('a', 1, 10)
  void process('a', null, 20)
  expect(harness.read()).toEqual([
    { key: 'a', value: 1, timestamp: 10 },
    { key: 'a', value: null, timestamp: 20 },
  ])
})
