import type { Node, RepartitionNode } from '../nodes.js'
import type { StandIn } from '../optimize.js'
import { joins, sourcesAbove } from './choices.js'

/** What passes on the records of its sources one by one, so that each of them still has a priority. */
const recordWise: ReadonlySet<Node['kind']> = new Set<Node['kind']>([
  'source',
  'repartition',
  'step',
  'split',
  'branch',
  'merge',
  'cover',
  'retry',
  'call',
  'delay',
  'dedupe',
  'global-join',
])

/**
 * The priorities of the records that pass through each repartition, ascending: it has a topic for each of them, so that the
 * records of a high one do not stand behind those of a low one there.
 *
 * - One only, where something between the sources and the repartition keeps state: what comes out of it are changes of a
 *   key, and the later of two must not overtake the first. It is the lowest of those above.
 * - Level 0 in front of a join and of a merge by turns, which have an order of their own.
 */
export function repartitionLevels(
  nodes: readonly Node[],
  standIn: StandIn,
): ReadonlyMap<RepartitionNode, readonly number[]> {
  const ordered = new Set(
    nodes
      .filter(node => joins.has(node.kind) || (node.kind === 'merge' && node.weights !== undefined))
      .flatMap(node => [...sourcesAbove(node.parents, standIn)]),
  )
  const found = new Map<RepartitionNode, readonly number[]>()
  // Parents come before their children.
  for (const node of nodes) {
    if (node.kind !== 'repartition') continue
    const above = sourcesAbove(node.parents, standIn)
    const levels = [...new Set([...above].flatMap(source => levelsOf(source, found)))].toSorted((a, b) => a - b)
    if (ordered.has(node) || levels.length === 0) found.set(node, [0])
    else found.set(node, keepsRecords(node, standIn) ? levels : levels.slice(0, 1))
  }
  return found
}

/** The priorities of what a source, or a repartition, brings into a task. */
export function levelsOf(node: Node, repartitions: ReadonlyMap<RepartitionNode, readonly number[]>): readonly number[] {
  if (node.kind === 'repartition') return repartitions.get(node) ?? [0]
  return [node.kind === 'source' ? (node.options.priority?.level ?? 0) : 0]
}

function keepsRecords(node: RepartitionNode, standIn: StandIn): boolean {
  const passes = (above: Node): boolean => {
    const actual = standIn(above)
    if (!recordWise.has(actual.kind)) return false
    return actual.kind === 'source' || actual.kind === 'repartition' || actual.parents.every(passes)
  }
  return node.carries === 'record' && node.parents.every(passes)
}
