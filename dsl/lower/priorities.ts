import { SluiceError } from '../../src/errors.js'
import { typeOf } from '../node-kinds.js'
import type { MergeNode, Node, SourceNode } from '../nodes.js'
import type { StandIn } from '../optimize.js'
import { sourcesAbove, timedJoins } from './choices.js'
import { priorityOf, samePriority } from './repartition-priorities.js'

/**
 * Priorities and turns of tenants change the order in which records come: a join needs it as it was.
 *
 * @throws SluiceError BAD_TOPOLOGY for a join whose sides have different priorities, whose tenants take turns, or beside
 *   which a stream has a weight, and for a merge by turns of or beside such a stream
 */
export function checkPriorities(nodes: readonly Node[], standIn: StandIn): void {
  for (const node of nodes) {
    if (timedJoins.has(node.kind)) {
      const sources = [...sourcesAbove(node.parents, standIn)]
      const fair = sources.find(isFair)
      if (fair !== undefined) throw fairInJoin(node, fair)
      const [first, ...others] = sources
      if (others.some(other => !samePriority(priorityOf(other), priorityOf(first!))))
        throw inJoin(node, [first!, ...others].find(hasOne)!)
      const weighted = others.length === 0 ? undefined : weightedBeside(sources, nodes, standIn)
      if (weighted !== undefined) throw besideWeight(node, weighted)
    }
    if (node.kind === 'merge' && node.weights !== undefined) {
      const sources = [...sourcesAbove(node.parents, standIn)]
      const source = sources.find(hasOne)
      if (source !== undefined) throw inMerge(node, source)
      const weighted = weightedBeside(sources, nodes, standIn)
      if (weighted !== undefined) throw besideWeight(node, weighted)
    }
  }
}

/** A stream with a weight that shares a task and a level with one of these: all of the level then go by turns. */
function weightedBeside(sources: readonly Node[], nodes: readonly Node[], standIn: StandIn): SourceNode | undefined {
  const isHere = (node: Node): node is SourceNode =>
    hasOne(node) && priorityOf(node).weight !== 1 && priorityOf(node).level === priorityOf(sources[0]!).level
  for (const { parents } of nodes) {
    if (parents.length < 2) continue
    const together = [...sourcesAbove(parents, standIn)]
    const weighted = together.find(isHere)
    if (weighted !== undefined && together.some(each => sources.includes(each))) return weighted
  }
  return undefined
}

function hasOne(node: Node): node is SourceNode {
  return node.kind === 'source' && node.options.priority !== undefined
}

function isFair(node: Node): node is SourceNode {
  return node.kind === 'source' && node.options.fair !== undefined
}

function inJoin(join: Node, source: SourceNode): SluiceError {
  return new SluiceError('BAD_TOPOLOGY', `the sides of ${typeOf(join)}() have different priorities`, {
    place: { topic: String(source.topic), operator: typeOf(join), line: join.line },
    hint:
      `it brings records together in the order of their time: leave out the priority at ${source.line ?? 'the stream'}, or ` +
      'write .repartition() between it and the join, which gives the join an input of its own',
  })
}

function fairInJoin(join: Node, source: SourceNode): SluiceError {
  return new SluiceError('BAD_TOPOLOGY', `an input of ${typeOf(join)}() has its tenants take turns`, {
    place: { topic: String(source.topic), operator: typeOf(join), line: join.line },
    hint:
      `it brings records together in the order of their time: leave out fairBy at ${source.line ?? 'the stream'}, or ` +
      'write .repartition() between it and the join, which gives the join an input of its own',
  })
}

function besideWeight(node: Node, source: SourceNode): SluiceError {
  return new SluiceError(
    'BAD_TOPOLOGY',
    `an input of ${typeOf(node)}() shares its task with a stream that has a weight`,
    {
      place: { topic: String(source.topic), operator: typeOf(node), line: node.line },
      hint:
        `it needs its inputs in an order of their own, and by weights all of them take turns: leave out the weight at ` +
        `${source.line ?? 'the stream'}, or write .repartition() between the two`,
    },
  )
}

function inMerge(merge: MergeNode, source: SourceNode): SluiceError {
  return new SluiceError('BAD_TOPOLOGY', 'a merge by turns has an input with a priority', {
    place: { topic: String(source.topic), operator: 'merge', line: merge.line },
    hint: `choose one: leave out the priority at ${source.line ?? 'the stream'}, or the choice of the merge`,
  })
}
