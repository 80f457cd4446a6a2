import type { TableView } from '../../src/operators/table-view.js'
import type { ForeignJoinNode, Node, TableJoinNode, TableSourceNode, TableStepNode } from '../nodes.js'
import type { StandIn } from '../optimize.js'

/** A node whose records are the changes of a table. */
export function isTable(node: Node): boolean {
  return tables.has(node.kind)
}

const tables = new Set<Node['kind']>([
  'table-source',
  'stateful',
  'cogroup',
  'table-step',
  'table-join',
  'foreign-join',
  'suppress',
])

/** How far back the versions of a table go, in milliseconds; `undefined` where it is not versioned (KIP-914). */
export function historyOf(node: Node, standIn: StandIn): number | undefined {
  const actual = standIn(node)
  if (actual.kind === 'table-source') return actual.history
  if (actual.kind !== 'table-step' || actual.store.as !== undefined) return undefined
  return historyOf(actual.parents[0]!, standIn)
}

/** What is asked of tables by the nodes below them. */
export interface TableNeeds {
  /** Whether the table has a store: it was named, or someone looks rows up in it or needs its old values. */
  keeps(node: TableSourceNode | TableStepNode | TableJoinNode | ForeignJoinNode): boolean
  /** Whether someone below looks the table's rows up. */
  isLookedUp(node: Node): boolean
  /** Whether someone below needs the old value with each change. */
  needsOld(node: Node): boolean
}

export function tableNeeds(nodes: readonly Node[], standIn: StandIn): TableNeeds {
  const lookedUp = new Set<Node>()
  const old = new Set<Node>()
  const lookUp = (node: Node): void => {
    // A table step without a store is computed from the rows above it at each look-up.
    if (node.kind === 'table-step' && node.store.as === undefined) lookUp(standIn(node.parents[0]!))
    else lookedUp.add(node)
  }
  for (const node of nodes.toReversed()) {
    const parents = node.parents.map(standIn)
    if (node.kind === 'join') lookUp(parents[1]!)
    if (node.kind === 'table-join' || node.kind === 'foreign-join') parents.forEach(lookUp)
    // What a row subscribed to follows from its old value.
    if (node.kind === 'foreign-join') old.add(parents[0]!)
    const passesOld = (node.kind === 'table-step' || node.kind === 'table-join') && node.store.as === undefined
    const holdsBack = node.kind === 'suppress' && !lookedUp.has(node)
    const regroups = node.kind === 'step' && node.type === 'groupBy' && isTable(parents[0]!)
    if (regroups || ((passesOld || holdsBack) && old.has(node))) for (const parent of parents) old.add(parent)
  }
  return {
    keeps: node =>
      node.store.as !== undefined ||
      (node.kind === 'table-source' && node.history !== undefined) ||
      (node.kind !== 'table-step' && lookedUp.has(node)) ||
      ((node.kind === 'table-source' || node.kind === 'foreign-join') && old.has(node)) ||
      (node.kind === 'table-join' && old.has(node) && meetsItself(node, standIn)),
    isLookedUp: node => lookedUp.has(node),
    needsOld: node => old.has(node),
  }
}

/**
 * Whether one side of a join is looked up in a table that the other is made of. A record then changes both, and the old
 * result cannot be computed from the rows: the other one is new already.
 */
function meetsItself({ parents }: TableJoinNode, standIn: StandIn): boolean {
  const [left, right] = parents.map(standIn) as [Node, Node]
  return madeOf(left, standIn).has(lookedUpIn(right, standIn)) || madeOf(right, standIn).has(lookedUpIn(left, standIn))
}

/** The table at the bottom of a view. */
function lookedUpIn(node: Node, standIn: StandIn): Node {
  if (node.kind !== 'table-step' || node.store.as !== undefined) return node
  return lookedUpIn(standIn(node.parents[0]!), standIn)
}

/** All whose records come to a node at once, itself included. */
function madeOf(node: Node, standIn: StandIn, found: Set<Node> = new Set()): ReadonlySet<Node> {
  if (found.has(node)) return found
  found.add(node)
  if (node.kind === 'repartition' || node.kind === 'foreign-join') return found
  for (const parent of node.parents) madeOf(standIn(parent), standIn, found)
  return found
}

/** The store of what `suppress` has told, where someone looks that up. */
export function rowsOf(buffer: string): string {
  return `${buffer}-rows`
}

/** Where a join finds the rows of a table. */
export function viewOf(node: Node, standIn: StandIn, storeName: (node: Node) => string): TableView {
  const actual = standIn(node)
  if (actual.kind === 'suppress') return rowsOf(storeName(actual))
  if (actual.kind !== 'table-step' || actual.store.as !== undefined) return storeName(actual)
  return actual.view(viewOf(actual.parents[0]!, standIn, storeName))
}
