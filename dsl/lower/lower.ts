import type { TopologySpec } from '../../src/topology/spec.js'
import type { Graph } from '../graph.js'
import { nameAll } from '../naming.js'
import { optimize } from '../optimize.js'
import { choicesOf } from './choices.js'
import { checkEnds } from './ends.js'
import { Lowering } from './lowering.js'
import { refuseLetterCircles } from './letter-circles.js'
import { lowerNode } from './node.js'
import { checkPatterns } from './patterns.js'
import { policiesOf } from './policies.js'
import { checkPriorities } from './priorities.js'
import { pipelineRetries } from './pipeline-retries.js'
import { retriesOf } from './retries.js'
import { checkDeclared } from './process.js'
import type { SerdeUse } from './serde-use.js'

export interface Lowered {
  readonly spec: TopologySpec
  /** Every serde in use, for `describe()`. */
  readonly serdes: readonly SerdeUse[]
}

/**
 * A pipeline as the engine runs it. In this order: chains are checked, names are given, failures get their policies, the
 * optimiser finds what is needless, and each node that is left becomes its operators, stores and topics.
 *
 * @throws SluiceError BAD_TOPOLOGY, NO_SERDE
 */
export function lower(graph: Graph): Lowered {
  const used = checkEnds(graph)
  const written = graph.nodes.filter(node => used.has(node))
  const nodes = [...written, ...pipelineRetries(written, graph.retry)]
  checkPatterns(nodes)
  const names = nameAll(nodes)
  const policyOf = policiesOf(nodes, graph.policy)
  refuseLetterCircles(nodes, policyOf)
  const retryOf = retriesOf(nodes)
  const standIn = optimize(nodes, node => JSON.stringify([policyOf(node), nodes.indexOf(retryOf(node)!)]))
  const left = nodes.filter(node => standIn(node) === node)
  const lowering = new Lowering(graph.application, left, names, { policyOf, retryOf }, standIn, graph.stores)
  for (const node of left) lowerNode(node, lowering)
  checkDeclared(graph.stores, name => lowering.madeStore(name) !== undefined)
  checkPriorities(left, standIn)
  const choices = choicesOf(left, { standIn, nameOf: node => names.node.get(node)! })
  return lowering.finish(graph.module, choices)
}
