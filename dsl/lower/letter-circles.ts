import { SluiceError } from '../../src/errors.js'
import type { FailurePolicy } from '../../src/topology/spec.js'
import { typeOf } from '../node-kinds.js'
import type { Node } from '../nodes.js'

/** What fails on no record. */
const marks = new Set<Node['kind']>(['branch', 'cover', 'merge', 'retry'])

/**
 * A topic whose dead letters come from itself alone, or from the pattern alone that finds it: what fails there fails again,
 * for ever. One that takes those of others, too, may well be read.
 *
 * @throws SluiceError BAD_TOPOLOGY
 */
export function refuseLetterCircles(nodes: readonly Node[], policyOf: (node: Node) => FailurePolicy): void {
  const above = new Map<Node, ReadonlySet<string | RegExp>>()
  const letters = new Map<string, { readonly from: Set<string | RegExp>; readonly node: Node }>()
  for (const node of nodes) {
    const sources = new Set(node.kind === 'source' ? [node.topic] : node.parents.flatMap(each => [...above.get(each)!]))
    above.set(node, sources)
    const policy = policyOf(node)
    if (policy.kind !== 'dead-letter' || marks.has(node.kind)) continue
    const known = letters.get(policy.topic) ?? { from: new Set<string | RegExp>(), node }
    for (const source of sources) known.from.add(source)
    letters.set(policy.topic, known)
  }
  for (const [topic, { from, node }] of letters) {
    const [only, ...others] = from
    if (only === undefined || others.length > 0) continue
    const isCircle = typeof only === 'string' ? only === topic : topic.search(only) !== -1
    if (!isCircle) continue
    throw new SluiceError(
      'BAD_TOPOLOGY',
      `the dead letters of ${topic} would go to ${topic} and fail again, for ever`,
      {
        place: { topic, operator: typeOf(node), line: node.line },
        hint: 'give them a topic of their own, which no pattern finds that is read: .deadLetter(topic)',
      },
    )
  }
}
