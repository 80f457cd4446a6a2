import { describe, expect, test } from 'vitest'
import { checkTopics } from '../../src/topology/check.js'
import { cut } from '../../src/topology/cut.js'
import type { TopologySpec } from '../../src/topology/spec.js'
import { headline, repartition, sink, source, step, storeSpec, topology } from './spec.js'

const check = (spec: TopologySpec, existing: Record<string, number>, changelogs = true) =>
  checkTopics(cut(spec), new Map(Object.entries(existing)), { changelogs })

const there = { jobs: 6, imports: 4, finished: 1 }
const by = 'app-by-import-repartition'
const asWritten = { 'message.timestamp.type': 'CreateTime', 'compression.type': 'producer' }

describe('what has to be made', () => {
  test('repartition topics without time retention, compacted changelogs; a table’s topic is its own', () => {
    const plan = check(headline(), there)
    expect(plan.internal).toEqual([
      {
        name: by,
        partitions: 4,
        config: { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1', ...asWritten },
      },
      { name: 'app-completed-changelog', partitions: 4, config: { 'cleanup.policy': 'compact', ...asWritten } },
    ])
    expect(plan.missing).toEqual(plan.internal)
    expect(plan.partitions.get(by)).toBe(4)
    expect(plan.partitions.get('jobs')).toBe(6)
  })

  test('no changelogs where the log keeps the state', () => {
    expect(check(headline(), there, false).internal.map(({ name }) => name)).toEqual([by])
  })

  test('what is there already is not made again', () => {
    expect(check(headline(), { ...there, [by]: 4 }).missing.map(({ name }) => name)).toEqual([
      'app-completed-changelog',
    ])
  })
})

describe('the number of partitions of a repartition topic', () => {
  const chain = (first: number | undefined, second: number | undefined) => {
    const [one, two] = [repartition('one', { partitions: first }), repartition('two', { partitions: second })]
    return topology({
      // The second is named before the first that leads to it.
      repartitions: [two, one],
      nodes: [
        source('a'),
        source('b'),
        step('merge', ['a', 'b']),
        sink('to-one', 'merge', one.topic, { repartition: 'one' }),
        source(one.topic),
        sink('to-two', one.topic, two.topic, { repartition: 'two' }),
        source(two.topic),
        step('count', two.topic, { stores: ['n'] }),
      ],
      stores: [storeSpec('n')],
    })
  }
  const counts = (spec: TopologySpec, existing: Record<string, number>) =>
    Object.fromEntries(check(spec, existing).internal.map(({ name, partitions }) => [name.slice(4), partitions]))

  test('the largest of the topics that lead to it, over any number of steps', () => {
    expect(counts(chain(undefined, undefined), { a: 2, b: 5 })).toEqual({
      'one-repartition': 5,
      'two-repartition': 5,
      'n-changelog': 5,
    })
  })

  test('what the user fixed', () => {
    expect(counts(chain(3, undefined), { a: 2, b: 5 })).toMatchObject({ 'one-repartition': 3, 'two-repartition': 3 })
    expect(counts(chain(undefined, 8), { a: 2, b: 5 })).toEqual({
      'one-repartition': 5,
      'two-repartition': 8,
      'n-changelog': 8,
    })
  })

  test('what a partner has, directly or by way of others, before what leads to it', () => {
    const spec = chain(undefined, undefined)
    const pair = (...topics: string[]) => ({ topics, operator: 'join', line: undefined })
    const [one, two] = ['app-one-repartition', 'app-two-repartition']
    expect(counts({ ...spec, copartitions: [pair(one, two), pair(two, 'a')] }, { a: 2, b: 5 })).toMatchObject({
      'one-repartition': 2,
      'two-repartition': 2,
    })
    const meeting = { ...chain(undefined, undefined), copartitions: [pair(one, two)] }
    expect(counts(meeting, { a: 2, b: 5 })).toMatchObject({ 'one-repartition': 5, 'two-repartition': 5 })
  })

  test('two repartitions that meet have the larger of what they need', () => {
    const [left, right] = [repartition('left'), repartition('right')]
    const spec = topology({
      repartitions: [left, right],
      nodes: [
        source('a'),
        source('b'),
        sink('l', 'a', left.topic),
        sink('r', 'b', right.topic),
        source(left.topic),
        source(right.topic),
        step('join', [left.topic, right.topic]),
      ],
      copartitions: [{ topics: [left.topic, right.topic], operator: 'join', line: undefined }],
    })
    expect(counts(spec, { a: 2, b: 5 })).toEqual({ 'left-repartition': 5, 'right-repartition': 5 })
  })

  test('a circle of repartitions settles; one that nothing feeds is refused', () => {
    const loop = repartition('loop')
    const nodes = [
      source('a'),
      source(loop.topic),
      step('merge', ['a', loop.topic]),
      sink('again', 'merge', loop.topic, { repartition: 'loop' }),
    ]
    expect(counts(topology({ repartitions: [loop], nodes }), { a: 3 })).toEqual({ 'loop-repartition': 3 })
    const fed = nodes.slice(1).map(node => (node.name === 'merge' ? step('merge', loop.topic) : node))
    expect(() => check(topology({ repartitions: [loop], nodes: fed }), {})).toThrow(
      expect.objectContaining({ code: 'BAD_TOPOLOGY', place: { topic: loop.topic } }),
    )
  })
})

describe('what is refused', () => {
  const refused = (spec: TopologySpec, existing: Record<string, number>): string => {
    try {
      check(spec, existing)
    } catch (error) {
      return (error as Error).message
    }
    return 'nothing'
  }

  test('topics that do not exist, with the command that makes them', () => {
    const { imports: _imports, ...rest } = there
    expect(refused(headline(), rest)).toMatch(
      /^UNKNOWN_TOPIC: .*"imports".* reads.*app\.ts:1:1\)\n.*sluice topics create imports .*--log <dir> \| --brokers <list>/,
    )
    const { finished: _finished, ...unwritten } = there
    expect(refused(headline(), unwritten)).toMatch(/^UNKNOWN_TOPIC: .*"finished".* writes/)
    const onFailure = { kind: 'dead-letter', topic: 'dead' } as const
    expect(refused(topology({ nodes: [source('a', { onFailure })] }), { a: 1 })).toMatch(/"dead".* dead letters/)
    expect(refused(topology({ nodes: [source(/^b/)] }), { a: 1 })).toMatch(/^UNKNOWN_TOPIC: no topic matches \/\^b\//)
  })

  test('topics that meet and differ in size: both, their sizes, the operator, its line and what to write', () => {
    const spec = { ...headline(), repartitions: [repartition('by-import', { partitions: 3 })] }
    expect(refused(spec, there)).toMatch(
      /^BAD_TOPOLOGY: "app-by-import-repartition" has 3 partitions and "imports" has 4.*operator join, at app\.ts:9:3\)\n.*\.repartition\(\)/,
    )
    const nodes = [source('a'), source('b'), step('join', ['a', 'b'])]
    const copartitions = [{ topics: ['a', 'b'], operator: 'join', line: undefined }]
    expect(refused(topology({ nodes, copartitions }), { a: 1, b: 2 })).toMatch(/"a" has 1 partition and "b" has 2/)
    expect(refused(topology({ nodes, copartitions }), { a: 2, b: 2 })).toBe('nothing')
  })

  test('repartitions that meet and differ in their partitioner', () => {
    const [left, right] = [repartition('left'), repartition('right', { partitioner: 'byRegion' })]
    const nodes = [
      source('a'),
      ...[left, right].flatMap(({ topic }) => [sink(`to-${topic}`, 'a', topic), source(topic)]),
    ]
    const copartitions = [{ topics: [left.topic, right.topic], operator: 'join', line: undefined }]
    expect(refused(topology({ nodes, copartitions, repartitions: [left, right] }), { a: 2 })).toMatch(
      /^BAD_TOPOLOGY: "app-left-repartition" is partitioned by murmur2 and "app-right-repartition" is partitioned by byRegion/,
    )
  })

  test('an internal topic of another size, with the ways out', () => {
    expect(refused(headline(), { ...there, [by]: 5 })).toMatch(
      /^TOPIC_MISMATCH: .*"app-by-import-repartition" has 5 partitions.* needs 4.*\n.*sluice reset <module>/,
    )
    expect(refused(headline(), { ...there, 'app-completed-changelog': 2 })).toMatch(/^TOPIC_MISMATCH/)
    expect(check(headline(), { ...there, 'app-completed-changelog': 2 }, false).missing).toHaveLength(1)
  })
})
