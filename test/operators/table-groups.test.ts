import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Operator } from '../../src/operators/operator.js'
import { regroupSelect } from '../../src/operators/regroup-select.js'
import { tableAggregate } from '../../src/operators/table-aggregate.js'
import { tableCount } from '../../src/operators/table-count.js'
import { tableReduce } from '../../src/operators/table-reduce.js'
import { tableSource } from '../../src/operators/table-source.js'
import { bytes, float64, json, string } from '../../src/serde/index.js'
import { Harness } from './harness.js'

interface Row {
  readonly group: string | null
  readonly points: number | null
}

const select = regroupSelect((row: Row): readonly [string, number | null] => {
  if (row.group === 'bad') throw new Error('bad row')
  return [row.group!, row.points]
}, string)

const sum = {
  initial: () => 0,
  add: (total: number, value: number) => total + value,
  subtract: (total: number, value: number) => total - value,
}

test('a row that stays in its group is one change; one that moves leaves first', () => {
  const harness = new Harness()
  const process = harness.operator(select)
  void process('k', { group: 'a', points: 1 }, 1, null)
  void process('k', { group: 'a', points: 2 }, 2, { group: 'a', points: 1 })
  void process('k', { group: 'b', points: 3 }, 3, { group: 'a', points: 2 })
  void process('k', null, 4, { group: 'b', points: 3 })
  expect(harness.read()).toEqual([
    { key: 'a', value: { next: 1, old: null }, timestamp: 1 },
    { key: 'a', value: { next: 2, old: 1 }, timestamp: 2 },
    { key: 'a', value: { next: null, old: 2 }, timestamp: 3 },
    { key: 'b', value: { next: 3, old: null }, timestamp: 3 },
    { key: 'b', value: { next: null, old: 3 }, timestamp: 4 },
  ])
})

test('a null value keeps a row out of all groups; keys that are bytes are compared by content', () => {
  const harness = new Harness()
  const process = harness.operator(select)
  void process('k', { group: 'a', points: null }, 1, null)
  void process('k', { group: 'a', points: 5 }, 2, { group: 'a', points: null })
  expect(harness.read().map(({ value }) => value)).toEqual([{ next: 5, old: null }])
  void harness.operator(regroupSelect((row: number) => [Uint8Array.of(1), row], bytes))('k', 2, 1, 1)
  expect(harness.read()).toHaveLength(1)
  void harness.operator(regroupSelect((row: number) => [{ city: 'Rome' }, row], json()))('k', 2, 1, 1)
  expect(harness.read()).toHaveLength(1)
  // Equal for JavaScript, but not as bytes: the old value has to leave its own group.
  void harness.operator(regroupSelect((row: number) => [row, 1], float64))('k', 0, 1, -0)
  expect(harness.read().map(({ key }) => key)).toEqual([-0, 0])
})

test('a row that fails leaves its former group, and what failed is not taken out again', () => {
  const harness = new Harness()
  const process = harness.operator(select)
  const good = { group: 'a', points: 1 }
  void process('k', { group: 'bad', points: 2 }, 1, good)
  void process('k', good, 2, { group: 'bad', points: 2 })
  void process('k', { group: null, points: 2 }, 3, good)
  void process(null, good, 4, null)
  void harness.operator(regroupSelect((() => 'ab') as never, string))('k', 1, 5, null)
  expect(harness.failed()).toEqual(['bad row', 'NULL_KEY', 'NULL_KEY', 'CALLBACK'])
  expect(harness.read().map(({ value }) => value)).toEqual([
    { next: null, old: 1 },
    { next: 1, old: null },
    { next: null, old: 1 },
  ])
})

test('the second record of a move waits for the first', async () => {
  const harness = new Harness()
  let release: (() => void) | undefined
  harness.next = key => (key === 'a' ? new Promise<void>(resolve => (release = resolve)) : undefined)
  const wait = harness.operator(select)('k', { group: 'b', points: 1 }, 1, { group: 'a', points: 1 })
  expect(harness.read().map(({ key }) => key)).toEqual(['a'])
  release!()
  await wait
  expect(harness.read().map(({ key }) => key)).toEqual(['b'])
})

test('aggregate: subtracts what leaves, adds what comes, keeps the latest timestamp', () => {
  const harness = new Harness()
  const process = harness.operator(tableAggregate({ store: 's', ...sum }))
  void process('a', { next: 5, old: null }, 10)
  void process('a', { next: 2, old: null }, 5)
  void process('a', { next: 7, old: 5 }, 20)
  void process('a', { next: null, old: 2 }, 30)
  expect(harness.read()).toEqual([
    { key: 'a', value: 5, timestamp: 10, old: null },
    { key: 'a', value: 7, timestamp: 10, old: 5 },
    { key: 'a', value: 9, timestamp: 20, old: 7 },
    { key: 'a', value: 7, timestamp: 30, old: 9 },
  ])
})

test('nothing is subtracted from an aggregate that is not there; one that was taken away begins anew', () => {
  const harness = new Harness()
  const process = harness.operator(
    tableAggregate({ store: 's', ...sum, subtract: (total: number, value: number) => total - value || null }),
  )
  void process('a', { next: null, old: 9 }, 1)
  void process('a', { next: 5, old: 9 }, 2)
  void process('a', { next: 4, old: 5 }, 3)
  void process('a', { next: null, old: 4 }, 4)
  expect(harness.read().map(({ value, old }) => [value, old])).toEqual([
    [5, null],
    [4, 5],
    [null, 4],
  ])
})

test('count: a group that all rows left stays with 0', () => {
  const harness = new Harness()
  const process = harness.operator(tableCount({ store: 's' }))
  void process('a', { next: 'x', old: null }, 1)
  void process('a', { next: null, old: 'x' }, 2)
  expect(harness.read().map(({ value }) => value)).toEqual([1, 0])
})

test('reduce: the first row is the first aggregate', () => {
  const harness = new Harness()
  const { add, subtract } = sum
  const process = harness.operator(tableReduce({ store: 's', add, subtract }))
  void process('a', { next: 5, old: null }, 10)
  void process('a', { next: 6, old: 5 }, 5)
  void process('a', { next: 1, old: null }, 7)
  expect(harness.read().map(({ value, timestamp }) => [value, timestamp])).toEqual([
    [5, 10],
    [6, 10],
    [7, 10],
  ])
})

test('a function that fails leaves the aggregate as it was', () => {
  const bad = (): never => {
    throw new Error('bad')
  }
  const operators: [string, Operator][] = [
    ['a', tableAggregate({ store: 'a', ...sum, subtract: bad })],
    ['b', tableAggregate({ store: 'b', ...sum, subtract: (() => undefined) as never })],
    ['c', tableReduce({ store: 'c', ...sum, subtract: bad })],
  ]
  const harness = new Harness()
  for (const [store, operator] of operators) {
    const process = harness.operator(operator)
    void process('k', { next: 1, old: null }, 1)
    void process('k', { next: 2, old: 1 }, 2)
    void process(null, { next: 2, old: 1 }, 3)
    expect(harness.store(store).get('k')).toBe(1)
  }
  expect(harness.failed()).toEqual(['bad', 'NULL_KEY', 'CALLBACK', 'NULL_KEY', 'bad', 'NULL_KEY'])
})

test.each([false, true])('any history of a table adds up to its groups (cache: %s)', cache => {
  const row = fc.option(
    fc.record({ group: fc.constantFrom('a', 'b', 'c'), points: fc.option(fc.integer({ min: 0, max: 9 })) }),
  )
  const change = fc.record({ key: fc.constantFrom('k1', 'k2', 'k3'), row, flush: fc.boolean() })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), changes => {
      const harness = new Harness({ cache })
      const context = harness.context('table')
      const adding = tableAggregate({ store: 'sums', ...sum })(() => undefined, context)
      const table = tableSource({ store: 'rows' })(select(adding, context), context)
      const rows = new Map<string, Row | null>()
      changes.forEach(({ key, row: value, flush }, i) => {
        rows.set(key, value)
        void table(key, value, i)
        if (flush) void harness.store('rows').flush()
      })
      void harness.store('rows').flush()
      for (const group of ['a', 'b', 'c']) {
        const points = Array.from(rows.values(), value => (value?.group === group ? (value.points ?? 0) : 0))
        const total = points.reduce((a, b) => a + b, 0)
        expect(harness.store('sums').get(group) ?? 0).toBe(total)
      }
    }),
  )
})
