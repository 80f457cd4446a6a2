import { SluiceError } from '../../src/errors.js'
import type { InputChoiceSpec } from '../../src/topology/spec.js'
import { typeOf } from '../node-kinds.js'
import type { MergeNode, Node } from '../nodes.js'
import type { StandIn } from '../optimize.js'
import { walkUp } from '../walk-up.js'

/** Nodes that bring two sides together in the order of time. */
export const timedJoins: ReadonlySet<Node['kind']> = new Set<Node['kind']>([
  'join',
  'table-join',
  'stream-join',
  'foreign-join',
])

interface Choosing {
  readonly standIn: StandIn
  readonly nameOf: (node: Node) => string
}

/**
 * The merges that take their inputs by turns.
 *
 * @throws SluiceError BAD_TOPOLOGY where turns cannot be taken: both sides come from one source, a source is in two such
 *   merges, or in a join as well
 */
export function choicesOf(nodes: readonly Node[], { standIn, nameOf }: Choosing): readonly InputChoiceSpec[] {
  const chosen = new Map<Node, MergeNode>()
  return nodes.flatMap(node => {
    if (node.kind !== 'merge' || node.weights === undefined) return []
    const inputs = node.parents.map((parent, index) => {
      const sources = sourcesAbove([parent], standIn)
      for (const source of sources) {
        const other = chosen.get(source)
        if (other !== undefined) throw twice(node, other, nameOf(source))
      }
      return { sources, weight: node.weights![index]! }
    })
    const all = inputs.flatMap(({ sources }) => [...sources])
    const doubled = all.find((source, index) => all.indexOf(source) !== index)
    if (doubled !== undefined) throw oneSource(node, nameOf(doubled))
    for (const source of all) chosen.set(source, node)
    const join = nodes.find(
      other =>
        timedJoins.has(other.kind) && [...sourcesAbove(other.parents, standIn)].some(source => all.includes(source)),
    )
    if (join !== undefined) throw intoJoin(node, join)
    const named = inputs.map(({ sources, weight }) => ({ sources: [...sources].map(nameOf), weight }))
    return [{ inputs: named, operator: nameOf(node), line: node.line }]
  })
}

/** Where the records of these nodes come into their task. */
export function sourcesAbove(nodes: readonly Node[], standIn: StandIn): ReadonlySet<Node> {
  const sources = new Set<Node>()
  walkUp(nodes, node => {
    const actual = standIn(node)
    if (actual.kind !== 'source' && actual.kind !== 'repartition') return actual.parents
    sources.add(actual)
    return []
  })
  return sources
}

const ownTopic = 'write .repartition() between the two: it gives what follows an input of its own'

function oneSource(merge: MergeNode, source: string): SluiceError {
  return new SluiceError('BAD_TOPOLOGY', `a merge by turns has several streams that come from "${source}"`, {
    place: { operator: 'merge', line: merge.line },
    hint: 'their records come one after the other already: leave out the choice, or merge streams of different topics',
  })
}

function twice(merge: MergeNode, other: MergeNode, source: string): SluiceError {
  return new SluiceError('BAD_TOPOLOGY', `"${source}" would go by the turns of two merges`, {
    place: { operator: 'merge', line: merge.line },
    hint: `the other is at ${other.line ?? 'another place'}: leave one of them to the order of time; or ${ownTopic}`,
  })
}

function intoJoin(merge: MergeNode, join: Node): SluiceError {
  return new SluiceError(
    'BAD_TOPOLOGY',
    `the inputs of a merge by turns also lead to ${typeOf(join)}(), which needs them in the order of time`,
    {
      place: { operator: 'merge', line: merge.line },
      hint: `the ${typeOf(join)} is at ${join.line ?? 'another place'}: leave out the choice, or ${ownTopic}`,
    },
  )
}
