import type { Fluent } from './fluent.js'
import { isRekeyed } from './node-kinds.js'
import type { Node, SerdeChoice } from './nodes.js'
import { addRepartition } from './repartition.js'
import { choose } from './serdes.js'
import type { GroupOptions } from './types.js'

/** What a grouped stream is, to the operators behind it. */
export interface GroupedInput extends Fluent {
  readonly '~options': GroupOptions<any, any>
}

/** How the keys of a grouped stream are written. */
export function groupedKey({ '~node': node, '~options': options }: GroupedInput): SerdeChoice {
  return choose(options.key, 'groupBy({ key })', node.key)
}

/** How the values of a grouped stream are written. */
export function groupedValue({ '~node': node, '~options': options }: GroupedInput): SerdeChoice {
  return choose(options.value, 'groupBy({ value })', node.value)
}

/**
 * The node whose records are together by key: the grouped stream itself, or its way through an internal topic.
 *
 * @param value how values are written on the way
 */
export function groupedInput(
  grouped: GroupedInput,
  line: string | undefined,
  value: SerdeChoice = groupedValue(grouped),
): Node {
  const { '~graph': graph, '~node': node, '~options': options } = grouped
  if (!isRekeyed(node)) return node
  return addRepartition(graph, node, 'groupBy', { key: groupedKey(grouped), value, as: options.as }, line)
}
