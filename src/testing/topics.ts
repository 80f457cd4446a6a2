import type { TopicSpec } from '../log/log.js'
import type { TopologySpec } from '../topology/spec.js'

/** The topics that the driver makes before the start: all that the pipeline names, but for its own, and others. */
export function driverTopics(
  spec: TopologySpec,
  partitions: number,
  others: readonly string[] = [],
): readonly TopicSpec[] {
  const own = new Set(spec.repartitions.map(({ topic }) => topic))
  const names = new Set<string>(others)
  for (const node of spec.nodes) {
    if (node.kind === 'source' && !(node.topics instanceof RegExp)) for (const topic of node.topics) names.add(topic)
    if (node.kind === 'sink' && typeof node.topic === 'string') names.add(node.topic)
    if (node.onFailure.kind === 'dead-letter') names.add(node.onFailure.topic)
  }
  for (const { topic, onFailure } of spec.globals ?? []) {
    names.add(topic)
    if (onFailure.kind === 'dead-letter') names.add(onFailure.topic)
  }
  return [...names].filter(name => !own.has(name)).map(name => ({ name, partitions }))
}
