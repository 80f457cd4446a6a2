import type { Fluent } from './fluent.js'
import { isRekeyed } from './node-kinds.js'
import type { Node, SerdeChoice } from './nodes.js'
import { addRepartition } from './repartition.js'
import { choose } from './serdes.js'
import type { GroupOptions } from './types.js'

/** How the keys of a grouped stream are written. */
export function groupedKey({ '~node': node, '~options': options }: GroupedInput): SerdeChoice {
  return choose(options.key, 'groupBy({ key })', node.key)
}

/** What a grouped stream is, to the operators behind it. */
export interface GroupedInput extends Fluent {
  readonly '~options': GroupOptions<any, any>
}

/**
 * The node whose records are together by key: the grouped stream itself, or its way through an internal topic.
 *
 * @param stored how the operator behind it writes values of the same type; it will do on the way where nothing else says how
 */
export function groupedInput(grouped: GroupedInput, stored: SerdeChoice | undefined, line: string | undefined): Node {
  const { '~graph': graph, '~node': node, '~options': options } = grouped
  if (!isRekeyed(node)) return node
  const own = stored !== undefined && node.value.serde === undefined ? stored : node.value
  const value = choose(options.value, 'groupBy({ value })', own)
  return addRepartition(graph, node, 'groupBy', { key: groupedKey(grouped), value, as: options.as }, line)
}
