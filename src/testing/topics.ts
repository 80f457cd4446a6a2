import type { TopicSpec } from '../log/log.js'
import { namedTopics } from '../topology/check.js'
import type { TopologySpec } from '../topology/spec.js'

/** The topics that the driver makes before the start: all that the pipeline names, but for its own, and others. */
export function driverTopics(
  spec: TopologySpec,
  partitions: number,
  others: readonly string[] = [],
): readonly TopicSpec[] {
  const own = new Set(spec.repartitions.map(({ topic }) => topic))
  const names = new Set([...others.filter(name => !own.has(name)), ...namedTopics(spec)])
  return [...names].map(name => ({ name, partitions }))
}
