import { describe, expect, test } from 'vitest'
import { materialize } from '../../src/operators/materialize.js'
import { tableFilter } from '../../src/operators/table-filter.js'
import { tableMap } from '../../src/operators/table-map.js'
import { openTable, storeOf } from '../../src/operators/table-view.js'
import { Harness } from './harness.js'

const even = (value: number): boolean => {
  if (value === 13) throw new Error('bad row')
  return value % 2 === 0
}

describe('tableFilter', () => {
  test('deletes a row that is no longer accepted; none that was not there', () => {
    const harness = new Harness()
    const process = harness.operator(tableFilter({ predicate: even, not: false }))
    void process('a', 2, 1, null)
    void process('a', 4, 2, 2)
    void process('a', 5, 3, 4)
    void process('a', 7, 4, 5)
    void process('a', null, 5, 7)
    expect(harness.read()).toEqual([
      { key: 'a', value: 2, timestamp: 1 },
      { key: 'a', value: 4, timestamp: 2 },
      { key: 'a', value: null, timestamp: 3, old: 4 },
    ])
  })

  test('where the old value is unknown, deletes anyway', () => {
    const harness = new Harness()
    const process = harness.operator(tableFilter({ predicate: even, not: false }))
    void process('a', 5, 1)
    void process('b', null, 2)
    expect(harness.read()).toEqual([
      { key: 'a', value: null, timestamp: 1 },
      { key: 'b', value: null, timestamp: 2 },
    ])
  })

  test('sends the old value as downstream knew it, when asked to', () => {
    const harness = new Harness()
    const process = harness.operator(tableFilter({ predicate: even, not: true, sendOld: true }))
    void process('a', 3, 1, 2)
    void process('a', 5, 2, 3)
    void process('a', null, 3, 5)
    expect(harness.read()).toEqual([
      { key: 'a', value: 3, timestamp: 1, old: null },
      { key: 'a', value: 5, timestamp: 2, old: 3 },
      { key: 'a', value: null, timestamp: 3, old: 5 },
    ])
  })

  test('keeps its rows in a store, which knows the old values', () => {
    const harness = new Harness()
    const process = harness.operator(tableFilter({ predicate: even, not: false, store: 's' }))
    void process('a', 2, 1)
    void process('a', 3, 2)
    void process('a', 5, 3)
    expect(harness.read()).toEqual([
      { key: 'a', value: 2, timestamp: 1, old: null },
      { key: 'a', value: null, timestamp: 2, old: 2 },
    ])
    expect(harness.store('s').get('a')).toBeUndefined()
  })

  test('a row that the predicate fails on is reported, and absent until it is right again', () => {
    const harness = new Harness()
    const process = harness.operator(tableFilter({ predicate: even, not: false, sendOld: true }))
    void process('a', 13, 1, 2)
    void process('a', 4, 2, 13)
    expect(harness.failures).toEqual([{ error: new Error('bad row'), key: 'a', value: 13 }])
    expect(harness.read()).toEqual([
      { key: 'a', value: null, timestamp: 1, old: 2 },
      { key: 'a', value: 4, timestamp: 2, old: null },
    ])
  })
})

describe('tableMap', () => {
  const text = (value: number): string => {
    if (value === 13) throw new Error('bad row')
    return `#${value}`
  }

  test('maps the new value, and the old one only when asked to', () => {
    const harness = new Harness()
    void harness.operator(tableMap({ fn: text }))('a', 2, 1, 1)
    void harness.operator(tableMap({ fn: text, sendOld: true }))('a', 2, 1, 1)
    void harness.operator(tableMap({ fn: text, sendOld: true }))('a', null, 2, 2)
    void harness.operator(tableMap({ fn: text, sendOld: true }))('a', 3, 3)
    expect(harness.read()).toEqual([
      { key: 'a', value: '#2', timestamp: 1 },
      { key: 'a', value: '#2', timestamp: 1, old: '#1' },
      { key: 'a', value: null, timestamp: 2, old: '#2' },
      { key: 'a', value: '#3', timestamp: 3 },
    ])
  })

  test('keeps its rows in a store, which knows the old values', () => {
    const harness = new Harness()
    const process = harness.operator(tableMap({ fn: text, store: 's' }))
    void process('a', 1, 1)
    void process('a', 2, 2)
    expect(harness.read()).toEqual([
      { key: 'a', value: '#1', timestamp: 1, old: null },
      { key: 'a', value: '#2', timestamp: 2, old: '#1' },
    ])
  })

  test('a row that the function fails on is reported and absent; undefined is a failure, null a deletion', () => {
    const harness = new Harness()
    const process = harness.operator(tableMap({ fn: text, sendOld: true }))
    void process('a', 13, 1, 1)
    void process('a', 2, 2, 13)
    void harness.operator(tableMap({ fn: () => undefined }))('b', 1, 3)
    void harness.operator(tableMap({ fn: () => null }))('c', 1, 4)
    expect(harness.failed()).toEqual(['bad row', 'CALLBACK'])
    expect(harness.read()).toEqual([
      { key: 'a', value: null, timestamp: 1, old: '#1' },
      { key: 'a', value: '#2', timestamp: 2, old: null },
      { key: 'b', value: null, timestamp: 3 },
      { key: 'c', value: null, timestamp: 4 },
    ])
  })

  test('waits for a report that suspends before it deletes', async () => {
    const harness = new Harness()
    const context = { ...harness.context('map'), fail: () => Promise.resolve() }
    const wait = tableMap({ fn: text })(harness.follow(), context)('a', 13, 1)
    expect(harness.read()).toEqual([])
    await wait
    expect(harness.read()).toEqual([{ key: 'a', value: null, timestamp: 1 }])
  })
})

test('materialize keeps a table and passes on what its store tells', () => {
  const harness = new Harness({ cache: true })
  const process = harness.operator(materialize({ store: 's' }))
  void process('a', 1, 1, null)
  void process('a', 2, 2, 1)
  expect(harness.read()).toEqual([])
  void harness.store('s').flush()
  expect(harness.read()).toEqual([{ key: 'a', value: 2, timestamp: 2, old: null }])
})

describe('a view of a table', () => {
  test('computes rows when they are looked up', () => {
    const harness = new Harness()
    const rows = harness.store<string, number>('s')
    rows.listen(() => undefined)
    void rows.put('a', 2, 5)
    void rows.put('b', 3, 6)
    void rows.put('c', 13, 7)
    const view = { of: { of: 's', filter: even, not: false }, map: (value: number) => value * 10 }
    expect(storeOf(view)).toBe('s')
    const table = openTable<string, number>(view, harness.context('join'), 'get')
    expect([table.get('a'), table.timestamp]).toEqual([20, 5])
    expect([table.get('b'), table.timestamp]).toEqual([undefined, -1])
    expect([table.get('c'), table.timestamp]).toEqual([undefined, -1])
    expect([table.get('d'), table.timestamp]).toEqual([undefined, -1])
    expect(harness.failures).toEqual([])
  })

  test('leaves out rows of which a function promises something, whatever becomes of the promise', () => {
    const harness = new Harness()
    const rows = harness.store<string, number>('s')
    rows.listen(() => undefined)
    void rows.put('a', 2, 5)
    const late = () => Promise.reject(new Error('late'))
    for (const view of [
      { of: 's', map: late },
      { of: 's', filter: late, not: false },
    ]) {
      expect(openTable<string, number>(view, harness.context('join'), 'get').get('a')).toBeUndefined()
    }
  })

  test('as told leaves out what a cache holds back', () => {
    const harness = new Harness({ cache: true })
    const rows = harness.store<string, number>('s')
    rows.listen(() => undefined)
    void rows.put('a', 1, 5)
    const told = openTable<string, number>('s', harness.context('join'), 'told')
    const present = openTable<string, number>('s', harness.context('join'), 'get')
    expect([present.get('a'), told.get('a'), told.timestamp]).toEqual([1, undefined, -1])
    void rows.flush()
    expect([told.get('a'), told.timestamp]).toEqual([1, 5])
  })
})
