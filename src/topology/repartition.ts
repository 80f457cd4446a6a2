import { SluiceError } from '../errors.js'
import { partitionCount, type CutTopology, type SubTopology } from './cut.js'
import type { TopologySpec } from './spec.js'

/**
 * How many partitions each repartition topic needs: what the user fixed; otherwise what the topics it meets have;
 * otherwise the largest number among the topics that lead to it, and among those of the partners it meets. Repeated
 * until nothing changes, since one repartition may lead to another (Kafka Streams' `RepartitionTopics` and
 * `CopartitionedTopicsEnforcer`).
 *
 * @throws SluiceError BAD_TOPOLOGY where nothing decides it
 */
export function repartitionCounts(
  { spec, subs }: CutTopology,
  known: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const counts = decided(spec, known)
  const open = spec.repartitions.filter(({ topic }) => !counts.has(topic))
  // Only ever raised, and never above the largest known number, so this ends, for repartitions in a circle too.
  const raise = (topic: string, count: number): boolean => {
    if (count <= (counts.get(topic) ?? 0)) return false
    counts.set(topic, count)
    return true
  }
  for (let changed = true; changed;) {
    changed = false
    for (const { topic } of open) {
      const partners = spec.copartitions.filter(({ topics }) => topics.includes(topic)).flatMap(({ topics }) => topics)
      const count = Math.max(
        ...writersOf(topic, subs).map(sub => partitionCount(sub, spec.application, counts)),
        ...partners.map(partner => counts.get(partner) ?? 0),
      )
      if (raise(topic, count)) changed = true
    }
  }
  for (const { topic } of open) if (!counts.has(topic)) throw undecided(topic)
  return new Map(spec.repartitions.map(({ topic }) => [topic, counts.get(topic)!]))
}

/** Known topics, what the user fixed, and whatever meets one of those, directly or by way of others. */
function decided(spec: TopologySpec, known: ReadonlyMap<string, number>): Map<string, number> {
  const counts = new Map(known)
  for (const { topic, partitions } of spec.repartitions) if (partitions !== undefined) counts.set(topic, partitions)
  for (let changed = true; changed;) {
    changed = false
    for (const { topics } of spec.copartitions) {
      const leader = topics.find(topic => counts.has(topic))
      if (leader === undefined) continue
      for (const topic of topics.filter(follower => !counts.has(follower))) {
        counts.set(topic, counts.get(leader)!)
        changed = true
      }
    }
  }
  return counts
}

function writersOf(topic: string, subs: readonly SubTopology[]): readonly SubTopology[] {
  return subs.filter(({ sinks }) => sinks.some(sink => sink.topic === topic))
}

function undecided(topic: string): SluiceError {
  return new SluiceError('BAD_TOPOLOGY', `nothing says how many partitions "${topic}" should have`, {
    place: { topic },
    hint: 'name the number where it is made: { partitions } for repartition, { shards } for shard',
  })
}
