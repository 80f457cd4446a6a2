import type { Priority } from '../../src/topology/spec.js'
import type { Node, RepartitionNode } from '../nodes.js'
import type { StandIn } from '../optimize.js'
import { walkUp } from '../walk-up.js'
import { sourcesAbove, timedJoins } from './choices.js'

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

/** Where nothing is said. */
export const ordinary: Priority = { level: 0, weight: 1 }

/**
 * The priorities of the records that pass through each repartition, ascending: it has a topic for each of them, so that the
 * records of a high one do not stand behind those of a low one there, and weights count there too.
 *
 * - One only, where something between the sources and the repartition keeps state: what comes out of it are changes of a
 *   key, and the later of two must not overtake the first. It is the lowest of those above.
 * - The ordinary one in front of a join and of a merge by turns, which have an order of their own.
 */
export function repartitionPriorities(
  nodes: readonly Node[],
  standIn: StandIn,
): ReadonlyMap<RepartitionNode, readonly Priority[]> {
  const ordered = new Set(
    nodes
      .filter(node => timedJoins.has(node.kind) || (node.kind === 'merge' && node.weights !== undefined))
      .flatMap(node => [...sourcesAbove(node.parents, standIn)]),
  )
  const found = new Map<RepartitionNode, readonly Priority[]>()
  // Parents come before their children.
  for (const node of nodes) {
    if (node.kind !== 'repartition') continue
    const above = sourcesAbove(node.parents, standIn)
    const priorities = ascending([...above].flatMap(source => prioritiesOf(source, found)))
    if (ordered.has(node) || priorities.length === 0) found.set(node, [ordinary])
    else found.set(node, keepsRecords(node, standIn) ? priorities : priorities.slice(0, 1))
  }
  return found
}

/** The priorities of what a source, or a repartition, brings into a task. */
export function prioritiesOf(
  node: Node,
  repartitions: ReadonlyMap<RepartitionNode, readonly Priority[]>,
): readonly Priority[] {
  return node.kind === 'repartition' ? (repartitions.get(node) ?? [ordinary]) : [priorityOf(node)]
}

/** The priority of a source; the ordinary one of any other node. */
export function priorityOf(node: Node): Priority {
  return (node.kind === 'source' ? node.options.priority : undefined) ?? ordinary
}

export function samePriority(a: Priority, b: Priority): boolean {
  return a.level === b.level && a.weight === b.weight
}

/** Each of them once. */
function ascending(priorities: readonly Priority[]): readonly Priority[] {
  return priorities
    .filter((one, i) => priorities.findIndex(other => samePriority(one, other)) === i)
    .toSorted((a, b) => a.level - b.level || a.weight - b.weight)
}

function keepsRecords(node: RepartitionNode, standIn: StandIn): boolean {
  let passes = node.carries === 'record'
  walkUp(node.parents, above => {
    const actual = standIn(above)
    passes &&= recordWise.has(actual.kind)
    return actual.kind === 'repartition' ? [] : actual.parents
  })
  return passes
}
