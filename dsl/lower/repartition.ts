import { changeSerde } from '../../src/operators/change.js'
import { passThrough } from '../../src/operators/pass-through.js'
import { routeTopic } from '../../src/operators/route-topic.js'
import { waySuffix } from '../../src/topology/priority-topics.js'
import type { Partitioner } from '../../src/topology/spec.js'
import type { Placement, RepartitionNode } from '../nodes.js'
import { passesAll } from '../uses.js'
import type { Lowering } from './lowering.js'
import { ordinary, samePriority } from './repartition-priorities.js'

/**
 * A sink, a topic that the engine makes, and a source behind it. Where records of several priorities pass: one of each for
 * every priority, and a split in front of them.
 */
export function lowerRepartition(node: RepartitionNode, to: Lowering): void {
  const name = to.name(node)
  const ways = to.repartition(node)
  const at = `topic ${ways[0]!.topic}`
  const key = to.serde(node.key, 'key', at, node)
  const plain = to.serde(node.value, 'value', at, node)
  const value = node.carries === 'change' ? changeSerde(plain) : plain
  const base = to.base(node)
  const several = ways.length > 1
  const sources = ways.map(({ priority }, i) => (i === 0 ? name : `${name}.${waySuffix(priority)}`))
  const outputs = sources.map(source => `${source}.way`)
  if (several) {
    const priorityOf = to.priorityOfTopic(node)
    const wayOf = (topic: string): number => ways.findIndex(({ priority }) => samePriority(priority, priorityOf(topic)))
    to.add({
      kind: 'split',
      type: 'priority',
      name: `${name}.priority`,
      parents: to.parents(node),
      outputs,
      splitter: routeTopic(topic => Math.max(0, wayOf(topic))),
      uses: passesAll,
      ...base,
    })
  }
  for (const [i, { name: repartition, topic }] of ways.entries()) {
    to.add({
      kind: 'sink',
      name: `${sources[i]!}.sink`,
      parents: several ? [outputs[i]!] : to.parents(node),
      topic,
      key,
      value,
      partitioner: partitionerOf(node.placement),
      repartition,
      ...base,
    })
  }
  for (const [i, { topic, priority }] of ways.entries()) {
    to.add({
      kind: 'source',
      name: sources[i]!,
      topics: [topic],
      key,
      value,
      timestamp: undefined,
      from: 'earliest',
      idleAfter: to.idleAfter(node),
      ...(samePriority(priority, ordinary) ? {} : { priority }),
      ...base,
    })
  }
  if (!several) return to.follow(node, name)
  const merged = `${name}.merge`
  to.add({
    kind: 'operator',
    name: merged,
    type: 'merge',
    parents: sources,
    stores: [],
    operator: passThrough(),
    uses: passesAll,
    ...base,
  })
  to.follow(node, merged)
}

function partitionerOf(placement: Placement): Partitioner | 'rendezvous' | undefined {
  if (placement === 'murmur2') return undefined
  return placement === 'rendezvous' ? placement : (key, _value, partitions) => placement(key, partitions)
}
