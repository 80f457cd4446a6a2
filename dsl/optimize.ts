import { isTable } from './lower/tables.js'
import { isRekeyed } from './node-kinds.js'
import type { Node, RepartitionNode, StepNode } from './nodes.js'

/** Answers the node that stands for another one after optimisation; itself where nothing changed. */
export type StandIn = (node: Node) => Node

/**
 * Finds nodes that others can stand for:
 *
 * - branches of a copy and the marks of `deadLetter` and `skip`, which do nothing at run time;
 * - a new key chosen by the same function twice, and repartitions of the same records: they share one topic, as under
 *   Kafka Streams' `merge.repartition.topics`;
 * - `repartition()` of what a repartition above has already brought together.
 *
 * `policyOf` tells, as a text, what happens to records that a node cannot work on: nodes that differ in it stay apart.
 */
export function optimize(nodes: readonly Node[], policyOf: (node: Node) => string): StandIn {
  const standIns = new Map<Node, Node>()
  const standIn: StandIn = node => standIns.get(node) ?? node
  const seen: (StepNode | RepartitionNode)[] = []

  for (const node of nodes) {
    const same = (other: Node) =>
      standIn(other.parents[0]!) === standIn(node.parents[0]!) && policyOf(other) === policyOf(node)
    if (node.kind === 'cover' || node.kind === 'retry' || (node.kind === 'branch' && !hasOutputs(node.parents[0]!))) {
      standIns.set(node, standIn(node.parents[0]!))
    } else if (node.kind === 'step' && node.rekeys && node.type !== 'mapRecord') {
      const twin = seen.find(
        other =>
          other.kind === 'step' &&
          other.callback === node.callback &&
          isTableStep(other) === isTableStep(node) &&
          same(other),
      )
      if (twin === undefined) seen.push(node)
      else standIns.set(node, twin)
    } else if (node.kind === 'repartition') {
      const twin = seen.find(other => other.kind === 'repartition' && isTwin(other, node) && same(other))
      const above = doneAbove(node, standIn) ? standIn(node.parents[0]!) : undefined
      if (twin !== undefined || above !== undefined) standIns.set(node, twin ?? above!)
      else seen.push(node)
    }
  }
  return standIn
}

/** Whether a branch of the node is one of its outputs; a copy's is the copied node itself. */
export function hasOutputs(node: Node): boolean {
  return node.kind === 'split' || (node.kind === 'process' && node.outputs.length > 0)
}

/** A later repartition joins an earlier one of the same records, unless a name of its own was asked for. */
function isTwin(first: RepartitionNode, second: RepartitionNode): boolean {
  return (
    (second.as === undefined || second.as === first.as) &&
    first.partitions === second.partitions &&
    first.placement === second.placement &&
    String(first.zones) === String(second.zones) &&
    first.carries === second.carries &&
    first.key.serde === second.key.serde &&
    first.value.serde === second.value.serde
  )
}

/** The function of a table's `groupBy` answers pairs, that of a stream's keys. */
function isTableStep(step: StepNode): boolean {
  return isTable(step.parents[0]!)
}

const severalAbove = new Set<Node['kind']>(['source', 'merge', 'table-join', 'foreign-join', 'cogroup'])

/** Whether the records come from a repartition already and have kept their keys since. */
function doneAbove(node: RepartitionNode, standIn: StandIn): boolean {
  if (node.as !== undefined || isRekeyed(node.parents[0]!)) return false
  let above = standIn(node.parents[0]!)
  while (!severalAbove.has(above.kind)) {
    if (above.kind === 'repartition') {
      return (
        above.partitions === node.partitions && above.placement === node.placement && above.key.serde === node.key.serde
      )
    }
    above = standIn(above.parents[0]!)
  }
  return false
}
