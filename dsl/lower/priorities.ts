import { SluiceError } from '../../src/errors.js'
import { typeOf } from '../node-kinds.js'
import type { MergeNode, Node, SourceNode } from '../nodes.js'
import type { StandIn } from '../optimize.js'
import { joins, sourcesAbove } from './choices.js'

/**
 * Priorities and turns of tenants change the order in which records come: a join needs it as it was.
 *
 * @throws SluiceError BAD_TOPOLOGY for a join whose sides have different priorities or whose tenants take turns, and for a
 *   merge by turns of a stream with a priority
 */
export function checkPriorities(nodes: readonly Node[], standIn: StandIn): void {
  for (const node of nodes) {
    if (joins.has(node.kind)) {
      const sources = [...sourcesAbove(node.parents, standIn)]
      const fair = sources.find(isFair)
      if (fair !== undefined) throw fairInJoin(node, fair)
      const [first, ...others] = sources
      if (others.some(other => textOf(other) !== textOf(first!))) throw inJoin(node, [first!, ...others].find(hasOne)!)
    }
    if (node.kind === 'merge' && node.weights !== undefined) {
      const source = [...sourcesAbove(node.parents, standIn)].find(hasOne)
      if (source !== undefined) throw inMerge(node, source)
    }
  }
}

function hasOne(node: Node): node is SourceNode {
  return node.kind === 'source' && node.options.priority !== undefined
}

function isFair(node: Node): node is SourceNode {
  return node.kind === 'source' && node.options.fair !== undefined
}

function textOf(node: Node): string {
  const { level, weight } = (node.kind === 'source' ? node.options.priority : undefined) ?? { level: 0, weight: 1 }
  return `${level} ${weight}`
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

function inMerge(merge: MergeNode, source: SourceNode): SluiceError {
  return new SluiceError('BAD_TOPOLOGY', 'a merge by turns has an input with a priority', {
    place: { topic: String(source.topic), operator: 'merge', line: merge.line },
    hint: `choose one: leave out the priority at ${source.line ?? 'the stream'}, or the choice of the merge`,
  })
}
