import { SluiceError } from '../../src/errors.js'
import { typeOf } from '../node-kinds.js'
import type { Node } from '../nodes.js'

/**
 * The nodes that lead to something. A branch that nobody uses is left out.
 *
 * @throws SluiceError BAD_TOPOLOGY for a chain that ends in nothing, with its line
 */
export function checkEnds(application: string, nodes: readonly Node[]): ReadonlySet<Node> {
  if (!nodes.some(node => node.kind === 'source' || node.kind === 'every')) {
    throw new SluiceError('BAD_TOPOLOGY', `pipeline "${application}" reads no topic`, {
      hint: 'begin with .stream(topic) or .table(topic)',
    })
  }
  const used = new Set<Node>()
  for (const node of nodes.toReversed()) {
    if (isEnd(node)) used.add(node)
    if (used.has(node)) for (const parent of node.parents) used.add(parent)
  }
  const children = new Set(nodes.filter(node => node.kind !== 'branch').flatMap(node => node.parents))
  for (const node of nodes) {
    if (used.has(node) || node.kind === 'branch' || children.has(node)) continue
    throw new SluiceError('BAD_TOPOLOGY', 'a chain ends in nothing', {
      place: { operator: typeOf(node), line: node.line },
      hint: "end it with .to(topic) or .forEach(fn), or name the table it makes with { as: '…' }",
    })
  }
  return used
}

function isEnd(node: Node): boolean {
  if (node.kind === 'sink') return true
  if (node.kind === 'step') return node.ends
  // Its stores may be all that it is for.
  if (node.kind === 'process') return true
  // Says something of what is above, which may be an end.
  if (node.kind === 'cover' || node.kind === 'retry') return node.parents.some(isEnd)
  if (node.kind === 'call') return node.type === 'effect'
  // What these keep is for their followers alone.
  if (node.kind === 'dedupe' || node.kind === 'all' || node.kind === 'delay' || node.kind === 'every') return false
  return 'store' in node && node.store.as !== undefined
}
