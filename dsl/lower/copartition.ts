import { SluiceError } from '../../src/errors.js'
import type { Copartition } from '../../src/topology/spec.js'
import { typeOf } from '../node-kinds.js'
import type { Node } from '../nodes.js'
import type { StandIn } from '../optimize.js'
import { walkUp } from '../walk-up.js'

/** The topics whose equal keys must meet in one task for this node to work; nothing where there is only one. */
export function copartitionOf(
  node: Node,
  name: string,
  standIn: StandIn,
  topicOf: (repartition: Node) => string,
): Copartition | undefined {
  if (!meets.has(node.kind)) return undefined
  const topics = topicsAbove(node, node.parents, standIn, topicOf)
  return topics.size > 1 ? { topics: [...topics], operator: name, line: node.line } : undefined
}

/** The topics that the records of these nodes come from, in the tasks in which they are. */
export function topicsAbove(
  node: Node,
  parents: readonly Node[],
  standIn: StandIn,
  topicOf: (repartition: Node) => string,
): ReadonlySet<string> {
  const topics = new Set<string>()
  walkUp(parents, above => {
    const actual = standIn(above)
    if (actual.kind === 'repartition') topics.add(topicOf(actual))
    // Its results come from the topic of the answers, which fits the left table's.
    else if (actual.kind === 'foreign-join') return actual.parents.slice(0, 1)
    else if (actual.kind !== 'source') return actual.parents
    else if (typeof actual.topic === 'string') topics.add(actual.topic)
    else throw pattern(node, actual.topic)
    return []
  })
  return topics
}

const meets = new Set<Node['kind']>(['join', 'table-join', 'stream-join', 'stateful', 'cogroup', 'dedupe', 'all'])

/** Types refuse it already; this is for those who cast. */
function pattern(node: Node, topics: RegExp): SluiceError {
  return new SluiceError('BAD_TOPOLOGY', `the topics of ${String(topics)} may differ in their number of partitions`, {
    place: { operator: typeOf(node), line: node.line },
    hint: 'write .repartition() before this operator',
  })
}
