import type { Node } from '../nodes.js'
import { timedJoins } from './choices.js'

/** What a cover goes on to from a node: its parents, of a join only the left one. */
export function above({ kind, parents }: Node): readonly Node[] {
  return joins.has(kind) ? parents.slice(0, 1) : parents
}

const joins: ReadonlySet<Node['kind']> = new Set<Node['kind']>([...timedJoins, 'global-join'])
