import type { Node } from './nodes.js'

/** What the user would call the node. */
export function typeOf(node: Node): string {
  switch (node.kind) {
    case 'source':
      return 'stream'
    case 'split':
    case 'branch':
    case 'merge':
      return node.kind
    case 'sink':
      return 'to'
    default:
      return node.type
  }
}

/** Whether equal keys may be in different tasks here, so that grouping has to repartition. */
export function isRekeyed(node: Node): boolean {
  switch (node.kind) {
    case 'source':
      // The topics of a pattern may differ in their number of partitions.
      return node.topic instanceof RegExp
    case 'every':
      // Its one task is that of partition 0, whatever the key.
      return true
    case 'repartition':
    case 'table-source':
    case 'stateful':
    case 'table-step':
    case 'table-join':
    case 'foreign-join':
    case 'stream-join':
    case 'global-table':
    case 'late':
    case 'cogroup':
    case 'suppress':
      return false
    case 'step':
    case 'process':
      return node.rekeys || isRekeyed(node.parents[0]!)
    case 'join':
    case 'global-join':
      return isRekeyed(node.parents[0]!)
    default:
      return node.parents.some(isRekeyed)
  }
}
