import type { Node } from './nodes.js'
import { walkUp } from './walk-up.js'

/** Which rows or records of a join go on alone, by the name of its method. */
export const joinKinds = { join: 'inner', leftJoin: 'left', outerJoin: 'outer' } as const

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
  let found = false
  walkUp([node], above => {
    switch (above.kind) {
      case 'source':
        // The topics of a pattern may differ in their number of partitions.
        found ||= above.topic instanceof RegExp
        return []
      case 'every':
        // Its one task is that of partition 0, whatever the key.
        found = true
        return []
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
        return []
      case 'step':
      case 'process':
        found ||= above.rekeys
        return above.parents
      case 'join':
      case 'global-join':
        return above.parents.slice(0, 1)
      default:
        return above.parents
    }
  })
  return found
}
