import { expect, test } from 'vitest'
import { cut, partitionCount, tasksOf } from '../../src/topology/cut.js'
import { headline, repartition, sink, source, split, step, storeSpec, topology } from './spec.js'

const parts = (spec: Parameters<typeof cut>[0]) =>
  cut(spec).subs.map(({ name, nodes }) => [name, nodes.map(n => n.name)])

test('a pipeline is cut at its repartition topics, and only there', () => {
  const { subs } = cut(headline())
  expect(subs.map(({ name }) => name)).toEqual(['jobs', 'imports'])
  expect(subs[0]!.nodes.map(({ name }) => name)).toEqual(['jobs', 'completed', 'by-import-sink'])
  expect(subs[1]!.sources.map(({ name }) => name)).toEqual(['imports', 'app-by-import-repartition'])
  expect(subs[1]!.sinks.map(({ name }) => name)).toEqual(['out'])
  expect(subs[1]!.stores.map(({ name }) => name)).toEqual(['completed', 'imports'])
  expect(subs[1]!.changelogs).toEqual([
    { store: 'completed', topic: 'app-completed-changelog', isSource: false },
    { store: 'imports', topic: 'imports', isSource: true },
  ])
})

test('the name of a part is its first topic, without the prefix of the application', () => {
  const by = repartition('by')
  const nodes = [source('a'), sink('s', 'a', by.topic), source(by.topic), step('c', by.topic, { stores: ['n'] })]
  expect(parts(topology({ nodes, stores: [storeSpec('n', false)], repartitions: [by] }))).toEqual([
    ['a', ['a', 's']],
    ['by-repartition', [by.topic, 'c']],
  ])
  expect(parts(topology({ nodes: [source(/^photos-/)] }))).toEqual([['pattern', ['pattern']]])
})

test('a shared store joins two parts, a store and a node of one name do not', () => {
  const nodes = [source('a'), source('b'), step('x', 'a', { stores: ['n'] }), step('y', 'b', { stores: ['n'] })]
  expect(parts(topology({ nodes, stores: [storeSpec('n')] }))).toEqual([['a', ['a', 'b', 'x', 'y']]])
  const apart = [source('a'), source('b'), step('x', 'a', { stores: ['b'] })]
  expect(parts(topology({ nodes: apart, stores: [storeSpec('b')] }))).toHaveLength(2)
})

test('the outputs of a split belong to its part', () => {
  const nodes = [source('a'), split('s', 'a', ['left', 'rest'], outputs => outputs[0]!), sink('o', 'rest', 'out')]
  expect(parts(topology({ nodes }))).toEqual([['a', ['a', 's', 'o']]])
})

test('whoever writes a topic comes before who reads it; a circle keeps the order it was written in', () => {
  const back = [source('late'), sink('o', 'late', 'end'), source('early'), sink('p', 'early', 'late')]
  expect(parts(topology({ nodes: back })).map(([name]) => name)).toEqual(['early', 'late'])
  const circle = [source('a'), sink('o', 'a', 'b'), source('b'), sink('p', 'b', 'a')]
  expect(parts(topology({ nodes: circle })).map(([name]) => name)).toEqual(['a', 'b'])
})

test('what nothing leads to, and two parts of one name, are refused', () => {
  expect(() => cut(topology({ nodes: [step('orphan', [])] }))).toThrow(
    expect.objectContaining({ code: 'BAD_TOPOLOGY', place: { operator: 'orphan', line: 'app.ts:1:1' } }),
  )
  const nodes = [source('x-repartition'), source(repartition('x').topic)]
  expect(() => cut(topology({ nodes }))).toThrow(/BAD_TOPOLOGY: two parts .*"x-repartition"/)
})

test('one task for each partition of the largest topic', () => {
  const counts = new Map([
    ['jobs', 3],
    ['imports', 2],
    ['app-by-import-repartition', 2],
    ['other', 9],
  ])
  const topologyCut = cut(headline())
  const tasks = tasksOf(topologyCut, counts)
  expect(tasks.map(({ name }) => name)).toEqual(['jobs-0', 'jobs-1', 'jobs-2', 'imports-0', 'imports-1'])
  expect(tasks[4]!.inputs).toEqual([
    { topic: 'imports', partition: 1, source: 'imports' },
    { topic: 'app-by-import-repartition', partition: 1, source: 'app-by-import-repartition' },
  ])
  expect(partitionCount(topologyCut.subs[1]!, 'app', counts)).toBe(2)
})

test('topics of different sizes, and those that a pattern finds', () => {
  const counts = new Map([
    ['photos-1', 1],
    ['photos-0', 2],
    ['__photos-9', 5],
    ['app-photos-5-repartition', 4],
    ['x', 7],
  ])
  const pattern = tasksOf(cut(topology({ nodes: [source(/photos-\d/g)] })), counts)
  expect(pattern.map(({ name, inputs }) => [name, inputs.map(({ topic }) => topic)])).toEqual([
    ['pattern-0', ['photos-0', 'photos-1']],
    ['pattern-1', ['photos-0']],
  ])
  const list = tasksOf(cut(topology({ nodes: [source(['photos-1', 'photos-0'])] })), counts)
  expect(list.map(({ name, inputs }) => [name, inputs.length])).toEqual([
    ['photos-1-0', 2],
    ['photos-1-1', 1],
  ])
})
