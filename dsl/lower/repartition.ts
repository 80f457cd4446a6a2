import { changeSerde } from '../../src/operators/change.js'
import type { Partitioner } from '../../src/topology/spec.js'
import type { Placement, RepartitionNode } from '../nodes.js'
import type { Lowering } from './lowering.js'

/** A sink, a topic that the engine makes, and a source behind it. */
export function lowerRepartition(node: RepartitionNode, to: Lowering): void {
  const topic = to.repartition(node)
  const name = to.name(node)
  const at = `topic ${topic}`
  const key = to.serde(node.key, 'key', at, node)
  const plain = to.serde(node.value, 'value', at, node)
  const value = node.carries === 'change' ? changeSerde(plain) : plain
  to.add({
    kind: 'sink',
    name: `${name}.sink`,
    parents: to.parents(node),
    topic,
    key,
    value,
    partitioner: partitionerOf(node.placement),
    repartition: topic.slice(to.application.length + 1, -'-repartition'.length),
    ...to.base(node),
  })
  to.add({
    kind: 'source',
    name,
    topics: [topic],
    key,
    value,
    timestamp: undefined,
    from: 'earliest',
    idleAfter: to.idleAfter(node),
    ...to.base(node),
  })
  to.follow(node, name)
}

function partitionerOf(placement: Placement): Partitioner | 'rendezvous' | undefined {
  if (placement === 'murmur2') return undefined
  return placement === 'rendezvous' ? placement : (key, _value, partitions) => placement(key, partitions)
}
