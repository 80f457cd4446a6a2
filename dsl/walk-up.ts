import type { Node } from './nodes.js'

/**
 * Visits nodes from these on upwards, each once and all above one before the next: chains may divide and meet again at every
 * step, so that there are far more ways up than nodes.
 *
 * @param visit answers where to go on from a node
 */
export function walkUp(from: readonly Node[], visit: (node: Node) => readonly Node[]): void {
  const seen = new Set<Node>()
  const left = from.toReversed()
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    left.push(...visit(node).toReversed())
  }
}
