import { SluiceError } from '../../src/errors.js'
import type { FailurePolicy } from '../../src/topology/spec.js'
import { typeOf } from '../node-kinds.js'
import type { CoverNode, Node } from '../nodes.js'
import { walkUp } from '../walk-up.js'
import { above } from './above.js'

/**
 * What happens to records that a node cannot work on. Each `deadLetter` or `skip` covers the chain above it (at a join,
 * the left side) back to the previous one or the source; what none covers has the pipeline's policy.
 *
 * @throws SluiceError BAD_TOPOLOGY where two of them cover one operator with different policies
 */
export function policiesOf(nodes: readonly Node[], fallback: FailurePolicy): (node: Node) => FailurePolicy {
  const covers = new Map<Node, CoverNode>()
  const cover = (by: CoverNode): void =>
    walkUp(by.parents, node => {
      if (node.kind === 'cover') return []
      if (node.kind === 'retry') return node.parents
      const other = covers.get(node)
      if (other !== undefined && !isSame(other.policy, by.policy)) throw twice(node, other, by)
      covers.set(node, other ?? by)
      return above(node)
    })
  for (const node of nodes) if (node.kind === 'cover') cover(node)
  return node => covers.get(node)?.policy ?? fallback
}

function isSame(a: FailurePolicy, b: FailurePolicy): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function twice(node: Node, a: CoverNode, b: CoverNode): SluiceError {
  return new SluiceError(
    'BAD_TOPOLOGY',
    `${typeOf(node)} is covered by ${a.type}() at ${a.line ?? 'one place'} and by ${b.type}() at ${b.line ?? 'another'}`,
    {
      place: { operator: typeOf(node), line: node.line },
      hint: 'write one .deadLetter(topic) or .skip() right above the fork; then each branch has its own below',
    },
  )
}
