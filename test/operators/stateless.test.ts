import { describe, expect, test, vi } from 'vitest'
import { filterNot } from '../../src/operators/filter-not.js'
import { filter } from '../../src/operators/filter.js'
import { flatMapValues } from '../../src/operators/flat-map-values.js'
import { forEach } from '../../src/operators/for-each.js'
import { mapValues } from '../../src/operators/map-values.js'
import type { Operator } from '../../src/operators/operator.js'
import { passThrough } from '../../src/operators/pass-through.js'
import { peek } from '../../src/operators/peek.js'
import { selectKey } from '../../src/operators/select-key.js'
import { toStream } from '../../src/operators/to-stream.js'
import { Harness } from './harness.js'

test('filter and filterNot', () => {
  const harness = new Harness()
  const even = (value: number) => value % 2 === 0
  const keep = harness.operator(filter(even))
  const drop = harness.operator(filterNot(even))
  for (const value of [1, 2]) {
    void keep('keep', value, 5)
    void drop('drop', value, 5)
  }
  expect(harness.read()).toEqual([
    { key: 'drop', value: 1, timestamp: 5 },
    { key: 'keep', value: 2, timestamp: 5 },
  ])
})

test('null values reach the callbacks of a stream', () => {
  const harness = new Harness()
  void harness.operator(mapValues((value: string | null) => value ?? 'none'))('k', null, 1)
  expect(harness.read()).toEqual([{ key: 'k', value: 'none', timestamp: 1 }])
})

test('flatMap sends any iterable but a text, in order', () => {
  const harness = new Harness()
  const split = harness.operator(flatMapValues((line: string) => line.split(' ').filter(word => word !== '')))
  void split('k', 'a b', 1)
  void split('k', '', 2)
  void harness.operator(flatMapValues((value: number) => new Set([value, value + 1])))('s', 1, 3)
  expect(harness.read().map(({ value }) => value)).toEqual(['a', 'b', 1, 2])
  void harness.operator(flatMapValues((() => 'text') as never))('k', 1, 1)
  void harness.operator(flatMapValues((() => undefined) as never))('k', 1, 1)
  expect(harness.failed()).toEqual(['CALLBACK', 'CALLBACK'])
  expect(harness.read()).toEqual([])
})

test('flatMap goes on after an item that suspends, and not before', async () => {
  const harness = new Harness()
  let release: (() => void) | undefined
  harness.next = (_key, value) => (value === 2 ? new Promise<void>(resolve => (release = resolve)) : undefined)
  const wait = harness.operator(flatMapValues(() => [1, 2, 3, 4]))('k', 0, 1)
  expect(harness.read().map(({ value }) => value)).toEqual([1, 2])
  release!()
  await wait
  expect(harness.read().map(({ value }) => value)).toEqual([3, 4])
})

test('peek passes on what came, forEach nothing', () => {
  const harness = new Harness()
  const seen: unknown[] = []
  void harness.operator(peek((value, key) => seen.push([key, value])))('k', 1, 1)
  void harness.operator(forEach((value, key) => seen.push([key, value])))('k', 2, 1)
  expect(seen).toEqual([
    ['k', 1],
    ['k', 2],
  ])
  expect(harness.read()).toEqual([{ key: 'k', value: 1, timestamp: 1 }])
})

test('selectKey takes any key', () => {
  const harness = new Harness()
  const byName = harness.operator(selectKey((value: { name: string | null }) => value.name))
  void byName('old', { name: 'ann' }, 1)
  void byName('old', { name: null }, 1)
  expect(harness.read().map(({ key }) => key)).toEqual(['ann', null])
})

test('toStream sends the new value; tombstones only when asked for', () => {
  const harness = new Harness()
  const withThem = harness.operator(toStream({ tombstones: true }))
  void withThem('k', 1, 1, null)
  void withThem('k', null, 2, 1)
  const without = harness.operator(toStream({ tombstones: false }))
  void without('w', 1, 3, null)
  void without('w', null, 4, 1)
  expect(harness.read()).toEqual([
    { key: 'k', value: 1, timestamp: 1 },
    { key: 'k', value: null, timestamp: 2 },
    { key: 'w', value: 1, timestamp: 3 },
  ])
})

test('passThrough is what follows', () => {
  const harness = new Harness()
  const next = () => undefined
  expect(passThrough()(next, harness.context('merge'))).toBe(next)
})

describe('every callback', () => {
  type Make = (fn: any) => Operator
  const operators: Record<string, Make> = { filter, filterNot, mapValues, flatMapValues, peek, forEach, selectKey }
  const passing = Object.entries(operators).filter(([name]) => name !== 'forEach')

  test.each(Object.entries(operators))('%s: what it throws is a failure of the record', (_name, make) => {
    const harness = new Harness()
    const process = harness.operator(
      make(() => {
        throw new Error('bad')
      }),
    )
    expect(process('k', 1, 1)).toBeUndefined()
    expect(harness.failures).toEqual([{ error: new Error('bad'), key: 'k', value: 1 }])
    expect(harness.read()).toEqual([])
  })

  test.each(Object.entries(operators))(
    '%s: a promise is refused, and its rejection is nobody else’s',
    (_name, make) => {
      const harness = new Harness()
      void harness.operator(make(() => Promise.reject(new Error('late'))))('k', 1, 1)
      expect(harness.failed()).toEqual(['CALLBACK'])
      expect(harness.read()).toEqual([])
    },
  )

  test.each(Object.entries(operators))(
    '%s: gets value, key and record, which is made only when wanted',
    (_name, make) => {
      const harness = new Harness()
      const full = vi.fn<(...args: unknown[]) => void>()
      void harness.operator(make((value: never, key: never, record: never) => full(value, key, record)))('k', 1, 9)
      expect(full).toHaveBeenCalledWith(
        1,
        'k',
        expect.objectContaining({ key: 'k', value: 1, timestamp: 9, offset: 7 }),
      )
      expect(harness.record.views).toBe(1)
      void harness.operator(make((_value: never, _key: never) => []))('k', 1, 9)
      expect(harness.record.views).toBe(1)
    },
  )

  test.each(passing)('%s: an error of what follows is none of its own', (name, make) => {
    const harness = new Harness()
    harness.next = () => {
      throw new Error('downstream')
    }
    const answer = name === 'filterNot' ? false : [1]
    const process = harness.operator(make(() => answer))
    expect(() => process('k', 1, 1)).toThrow('downstream')
    expect(harness.failures).toEqual([])
  })

  test.each(passing)('%s: hands on the promise of what follows', async (name, make) => {
    const harness = new Harness()
    harness.next = async () => undefined
    const answer = name === 'filterNot' ? false : [1]
    const wait = harness.operator(make(() => answer))('k', 1, 1)
    expect(wait).toBeInstanceOf(Promise)
    await wait
  })
})
