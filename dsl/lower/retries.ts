import { SluiceError } from '../../src/errors.js'
import type { Node, RetryNode } from '../nodes.js'
import { walkUp } from '../walk-up.js'
import { above } from './above.js'
import { isTable } from './tables.js'

/**
 * Which `retry` a node is under: each covers the chain above it (at a join, the left side) back to the previous one, the
 * source or a repartition; the first one below a node counts.
 *
 * @throws SluiceError BAD_TOPOLOGY where one covers nothing that can be tried again
 */
export function retriesOf(nodes: readonly Node[]): (node: Node) => RetryNode | undefined {
  const retries = coversOf(nodes)
  for (const node of nodes) {
    if (node.kind === 'retry' || retries.has(node)) continue
    const whole = nodes.find(each => each.kind === 'retry' && each.isOfPipeline && each.parents[0] === headOf(node))
    if (whole?.kind === 'retry') retries.set(node, whole)
  }
  const retryOf = (node: Node): RetryNode | undefined => (canRetry(node) ? retries.get(node) : undefined)
  const effective = new Set(nodes.map(retryOf))
  for (const node of nodes) if (node.kind === 'retry' && !effective.has(node)) throw coversNothing(node)
  return retryOf
}

/** What the retries of streams cover. */
export function coversOf(nodes: readonly Node[]): Map<Node, RetryNode> {
  const retries = new Map<Node, RetryNode>()
  const cover = (by: RetryNode): void =>
    walkUp(by.parents, node => {
      if (node.kind === 'retry' || node.kind === 'repartition' || node.kind === 'source') return []
      if (!retries.has(node)) retries.set(node, by)
      return above(node)
    })
  for (const node of nodes) if (node.kind === 'retry' && !node.isOfPipeline) cover(node)
  return retries
}

/** Where the first chain above a node begins in its task: a source, a repartition or a cron line. */
export function headOf(node: Node): Node {
  const [parent] = node.parents
  return parent === undefined || node.kind === 'repartition' ? node : headOf(parent)
}

/**
 * Operators that take one record at a time, and may do with it at another time what they failed to do. Changes of tables
 * have old values, which would be others then; steps without a user's function fail on a record as often as they see it. A
 * join that holds records back may fail on another one than it was given.
 */
export function canRetry(node: Node): boolean {
  if (node.kind === 'step') return typeof node.callback === 'function' && !isTable(node.parents[0]!)
  return plain.has(node.kind) && !(node.kind === 'join' && node.held !== undefined)
}

const plain = new Set<Node['kind']>(['split', 'process', 'join', 'global-join', 'call'])

export function coversNothing({ line }: Pick<RetryNode, 'line'>): SluiceError {
  return new SluiceError('BAD_TOPOLOGY', 'retry() covers no operator that can try again', {
    place: { operator: 'retry', line },
    hint:
      'write it behind map, filter, flatMap, split, process, a join with a table, mapAsync or effect; aggregates, joins ' +
      'of streams, joins with a grace and the operators of tables are not tried again: .deadLetter(topic) keeps what they fail on',
  })
}
