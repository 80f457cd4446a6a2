import { SluiceError } from '../errors.js'
import { outputsOf } from './needs.js'
import type { TopologySpec } from './spec.js'

/** So many operators may follow each other without a topic in between: each calls the next one, for which the stack has room. */
const mostInARow = 1_000

/** @throws SluiceError BAD_TOPOLOGY naming the first operator beyond */
export function refuseTooDeep({ nodes }: TopologySpec): void {
  const depths = new Map<string, number>()
  for (const node of nodes) {
    let depth = 1
    if (node.kind !== 'source') for (const parent of node.parents) depth = Math.max(depth, depths.get(parent)! + 1)
    if (depth > mostInARow) {
      throw new SluiceError('BAD_TOPOLOGY', `more than ${mostInARow} operators follow each other`, {
        place: { operator: node.name, line: node.line },
        hint: 'write fewer that do more each, or put a topic in between: .repartition({ as: … }), or .through(topic)',
      })
    }
    for (const output of outputsOf(node)) depths.set(output, depth)
  }
}
