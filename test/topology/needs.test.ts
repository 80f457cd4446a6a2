import { expect, test } from 'vitest'
import { route } from '../../src/operators/route.js'
import { needsOf, outputsOf, toldOf, writesAsRead } from '../../src/topology/needs.js'
import type { NodeSpec, SinkSpec, SourceSpec, StoreSpec, Uses } from '../../src/topology/spec.js'
import { filtering, looksAtNothing, sink, source, split, step, storeSpec, textSerde } from './spec.js'

function needs(nodes: readonly NodeSpec[], stores: readonly StoreSpec[] = []): string {
  const from = nodes[0] as SourceSpec
  const { needsKey, needsExactKey, needsValue } = needsOf(from, stores, name =>
    nodes.filter(node => node.kind !== 'source' && node.parents.includes(name)),
  )
  const parts = [needsKey ? 'key' : '', needsExactKey ? 'exact key' : '', needsValue ? 'value' : '']
  return parts.filter(part => part !== '').join(' ')
}

const uses = (more: Partial<Uses>): Uses => ({ ...looksAtNothing, ...more })

test('bytes that only pass through are not read', () => {
  expect(needs([source('a')])).toBe('')
  expect(needs([source('a'), step('merge', 'a'), sink('o', 'merge', 'x')])).toBe('')
  expect(needs([source('a'), filtering('f', 'a', () => true), sink('o', 'f', 'x')])).toBe('value')
})

test('a sink reads what it writes otherwise, or what it decides by', () => {
  expect(needs([source('a'), sink('o', 'a', 'x', { key: textSerde() })])).toBe('key')
  expect(needs([source('a'), sink('o', 'a', 'x', { value: textSerde() })])).toBe('value')
  expect(needs([source('a'), sink('o', 'a', 'x', { partitioner: () => 0 })])).toBe('key value')
  expect(needs([source('a'), sink('o', 'a', '', { topic: value => value })])).toBe('value')
  expect(needs([source('a'), sink('o', 'a', '', { topic: (_value, key) => key })])).toBe('key value')
  expect(needs([source('a'), sink('o', 'a', '', { topic: () => 'x' })])).toBe('')
})

test('what an operator replaces is not needed by what follows it', () => {
  const rekeyed = step('select', 'a', { uses: uses({ value: true, passesKey: false }) })
  const byKey = step('by-key', 'select', { uses: uses({ key: true }) })
  expect(needs([source('a'), rekeyed, byKey])).toBe('value')
  expect(needs([source('a'), step('x', 'a'), step('y', 'x', { uses: uses({ key: true }) })])).toBe('key')
  const counted = step('count', 'a', { stores: ['s'] })
  expect(needs([source('a'), counted, filtering('f', 'count', () => true)])).toBe('key')
})

test('a key that only its store is asked for is found by its bytes, where these are exact', () => {
  const exact = { ...textSerde(), isExact: () => true }
  const stores: StoreSpec[] = [{ ...storeSpec('s'), kind: 'key-value', key: exact }]
  const asks = step('count', 'f', { stores: ['s'], uses: uses({ key: 'bytes', passesKey: false }) })
  const below = [filtering('f', 'a', () => true), asks]
  expect(needs([source('a', { key: exact }), ...below], stores)).toBe('exact key value')
  expect(needs([source('a', { key: exact }), ...below, sink('o', 'f', 'x', { key: exact })], stores)).toBe(
    'exact key value',
  )
  expect(needs([source('a', { key: exact }), ...below, sink('o', 'f', 'x')], stores)).toBe('key value')
  expect(needs([source('a', { key: { ...exact } }), ...below], stores)).toBe('key value')
  const inexact = textSerde()
  expect(
    needs([source('a', { key: inexact }), ...below], [{ ...storeSpec('s'), kind: 'key-value', key: inexact }]),
  ).toBe('key value')
})

test('through the outputs of a split, and where paths meet again', () => {
  const routed = { ...split('s', 'a', ['s.x', 's.y'], route([() => true])), uses: uses({}) }
  expect(needs([source('a'), routed, sink('o', 's.y', 'x', { key: textSerde() })])).toBe('key')
  const meeting = step('m', ['x', 'y'])
  expect(needs([source('a'), step('x', 'a'), step('y', 'a'), meeting, filtering('f', 'm', () => true)])).toBe('value')
})

test('a timestamp extractor is asked before any operator', () => {
  expect(needs([source('a', { timestamp: value => Number(value) })])).toBe('value')
  expect(needs([source('a', { timestamp: (_value, key) => Number(key) })])).toBe('key value')
})

test("a repartition writes the source's bytes where its values are the source's on every way", () => {
  const asRead = (nodes: readonly NodeSpec[]): boolean =>
    writesAsRead(nodes.at(-1) as SinkSpec, name => nodes.find(node => outputsOf(node).includes(name))!)
  const to = (parents: string | readonly string[], more: Partial<SinkSpec> = {}) => ({
    ...sink('o', '', 'x', { repartition: 'r', ...more }),
    parents: [parents].flat(),
  })
  const kept = filtering('f', 'a', () => true)
  const mapped = step('m', 'a', { uses: uses({ value: true, passesValue: false }) })
  const seen = step('p', 'a', { uses: uses({ value: true, mayChange: true }) })
  const ways = split('s', 'f', ['s.x', 's.y'], route([() => true]))
  expect(asRead([source('a'), kept, ways, to(['s.x', 'f'])])).toBe(true)
  expect(asRead([source('a'), kept, to('f', { repartition: undefined })])).toBe(false)
  expect(asRead([source('a'), kept, to('f', { value: textSerde() })])).toBe(false)
  expect(asRead([source('a'), kept, mapped, to(['f', 'm'])])).toBe(false)
  expect(asRead([source('a'), seen, to('p')])).toBe(false)
  expect(asRead([source('a'), source('b', { value: textSerde() }), to(['a', 'b'])])).toBe(false)
})

test('of the changes of a store only what somebody looks at is decoded', () => {
  const [key, value] = [textSerde(), textSerde()]
  const told = (...below: readonly NodeSpec[]): string => {
    const counted = step('count', 'a', { stores: ['s'] })
    const of = toldOf(counted, { key, value }, name =>
      below.filter(node => node.kind !== 'source' && node.parents.includes(name)),
    )
    const { needsKey, needsValue, needsOld, anybody } = of
    return [needsKey && 'key', needsValue && 'value', needsOld && 'old', anybody && 'told'].filter(Boolean).join(' ')
  }
  const stream = step('stream', 'count', { uses: uses({ old: false }) })
  expect(told()).toBe('')
  expect(told(stream)).toBe('told')
  expect(told(stream, sink('o', 'stream', 'x', { key, value }))).toBe('told')
  expect(told(stream, sink('o', 'stream', 'x', { key, value: textSerde() }))).toBe('value told')
  expect(
    told(
      stream,
      filtering('f', 'stream', () => true),
    ),
  ).toBe('value told')
  expect(told(stream, step('join', 'count', { uses: uses({ key: true }) }))).toBe('key old told')
})
