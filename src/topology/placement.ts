import type { TaskSpec } from './cut.js'
import type { TopologySpec } from './spec.js'

/** In which partition the keys of a store lie, as far as their bytes tell. */
export type Placement = 'murmur2' | 'rendezvous' | 'unknown'

/**
 * How keys lie over the tasks of one sub-topology: by murmur2 where others write its topics, by rendezvous hashing behind
 * `shard()`. Functions of the user, and topics that do not agree, leave it unknown.
 *
 * @param sizes numbers of partitions, by topic
 */
export function placementOf(
  tasks: readonly TaskSpec[],
  { nodes, repartitions }: TopologySpec,
  sizes: ReadonlyMap<string, number>,
): Placement {
  const internal = new Map(repartitions.map(({ topic, partitioner }) => [topic, partitioner]))
  const chosen = new Set<unknown>()
  for (const node of nodes) {
    if (node.kind === 'sink' && node.repartition === undefined && node.partitioner !== undefined) chosen.add(node.topic)
  }
  const topics = new Set(tasks.flatMap(({ inputs }) => inputs.map(({ topic }) => topic)))
  const kinds = new Set<string | undefined>()
  const counts = new Set<number | undefined>()
  for (const topic of topics) {
    kinds.add(internal.get(topic) ?? (chosen.has(topic) ? undefined : 'murmur2'))
    counts.add(sizes.get(topic))
  }
  const [kind] = kinds
  const known = kinds.size === 1 && counts.size === 1 && (kind === 'murmur2' || kind === 'rendezvous')
  return known ? kind : 'unknown'
}
