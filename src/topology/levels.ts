import { outputsOf } from './needs.js'
import type { NodeSpec, SourceSpec, TopologySpec } from './spec.js'
import { reads } from './topics.js'

/**
 * The sources, in the order in which records reach them: first those that only the outside writes to, then those that are
 * written from these, and so on. A sub-topology may read what it writes itself, so sub-topologies have no such order.
 */
export function sourceLevels(spec: TopologySpec): readonly (readonly SourceSpec[])[] {
  const byOutput = new Map(
    spec.nodes.flatMap(node => [node.name, ...outputsOf(node)].map(name => [name, node] as const)),
  )
  const levels = new Map<string, number>()

  const level = (node: NodeSpec): number => {
    const known = levels.get(node.name)
    if (known !== undefined) return known
    // Also where a pipeline feeds a topic back to itself: there is no end of that to wait for.
    levels.set(node.name, 0)
    const above = node.kind === 'source' ? writersOf(node) : node.parents.map(parent => byOutput.get(parent)!)
    const found = Math.max(0, ...above.map(level)) + (node.kind === 'source' && above.length > 0 ? 1 : 0)
    levels.set(node.name, found)
    return found
  }
  const writersOf = (source: SourceSpec): NodeSpec[] =>
    spec.nodes.filter(node => writtenBy(node).some(topic => reads(source, spec.application, topic)))
  const writtenBy = (node: NodeSpec): string[] => {
    const letters = node.onFailure.kind === 'dead-letter' ? [node.onFailure.topic] : []
    // One that chooses its topic per record may write to any, also to those above it: that gives no order.
    if (node.kind !== 'sink' || typeof node.topic !== 'string') return letters
    return [...letters, node.topic]
  }

  const sorted: SourceSpec[][] = []
  // In the order of the spec, parents first: asked from below, a long pipeline would be more calls than the stack has room for.
  for (const node of spec.nodes) {
    const found = level(node)
    if (node.kind === 'source') (sorted[found] ??= []).push(node)
  }
  return Array.from(sorted, sources => sources ?? [])
}
