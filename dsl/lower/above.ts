import type { Node } from '../nodes.js'

/** What a cover goes on to from a node: its parents, of a join only the left one. */
export function above({ kind, parents }: Node): readonly Node[] {
  return joins.has(kind) ? parents.slice(0, 1) : parents
}

const joins = new Set<Node['kind']>(['join', 'table-join', 'stream-join', 'global-join', 'foreign-join'])
