import { SluiceError } from '../../src/errors.js'
import { typeOf } from '../node-kinds.js'
import type { Graph } from '../graph.js'
import { hasOutputs } from '../optimize.js'
import type { BranchNode, Node } from '../nodes.js'

/**
 * The nodes that lead to something. A branch that nobody uses is left out where another of its copy or split is used.
 *
 * @throws SluiceError BAD_TOPOLOGY for a chain that ends in nothing, with its line
 */
export function checkEnds({ application, nodes, begun }: Graph): ReadonlySet<Node> {
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
    throw endsInNothing(typeOf(node), node.line)
  }
  for (const node of nodes) {
    // A split or a processor has said above whether it is used.
    if (node.kind !== 'branch' || hasOutputs(node.parents[0]!)) continue
    if (!copiesBeside(node, nodes).some(copy => used.has(copy))) throw endsInNothing('copy', node.line)
  }
  const [open] = begun
  if (open !== undefined) throw endsInNothing(open.operator, open.line)
  return used
}

/** All branches of the copy that a branch is of. */
function copiesBeside(branch: BranchNode, nodes: readonly Node[]): readonly Node[] {
  const [parent] = branch.parents
  return nodes.filter(node => node.kind === 'branch' && node.parents[0] === parent && node.line === branch.line)
}

function endsInNothing(operator: string, line: string | undefined): SluiceError {
  return new SluiceError('BAD_TOPOLOGY', 'a chain ends in nothing', {
    place: { operator, line },
    hint: "end it with .to(topic) or .forEach(fn), or name the table it makes with { as: '…' }",
  })
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
