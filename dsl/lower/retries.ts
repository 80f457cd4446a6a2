import type { Node, RetryNode } from '../nodes.js'
import { above } from './above.js'

/**
 * Which `retry` a node is under: each covers the chain above it (at a join, the left side) back to the previous one, the
 * source or a repartition; the first one below a node counts.
 */
export function retriesOf(nodes: readonly Node[]): (node: Node) => RetryNode | undefined {
  const retries = new Map<Node, RetryNode>()
  const cover = (node: Node, by: RetryNode): void => {
    if (node.kind === 'retry' || node.kind === 'repartition' || node.kind === 'source') return
    if (!retries.has(node)) retries.set(node, by)
    for (const parent of above(node)) cover(parent, by)
  }
  for (const node of nodes) if (node.kind === 'retry') cover(node.parents[0]!, node)
  return node => (canRetry(node) ? retries.get(node) : undefined)
}

/** Operators that take one record at a time. Changes of tables have old values, which would be others at a later time. */
function canRetry(node: Node): boolean {
  return plain.has(node.kind)
}

const plain = new Set<Node['kind']>(['step', 'split', 'process', 'join', 'global-join', 'call'])
