import { materialize } from '../../src/operators/materialize.js'
import { passThrough } from '../../src/operators/pass-through.js'
import { storeOf } from '../../src/operators/table-view.js'
import { tableSource } from '../../src/operators/table-source.js'
import { latestOnly, versionedSource } from '../../src/operators/versioned-source.js'
import type { SourceNode, TableJoinNode, TableSourceNode, TableStepNode } from '../nodes.js'
import type { Lowering } from './lowering.js'
import { hasBytesOf } from '../serdes.js'
import { makesNew, passesAll } from '../uses.js'

export function lowerTableSource(node: TableSourceNode, to: Lowering): void {
  if (!to.tables.keeps(node)) {
    to.operator(node, { type: 'table', operator: tableSource(), uses: passesAll })
    return
  }
  if (node.history !== undefined) return lowerVersionedSource(node, node.history, to)
  const { topic, asTheyAre } = rowsOf(node, to)
  const kept = node.changelog === 'topic' ? { changelog: { source: topic } } : { rowsOf: { topic, asTheyAre } }
  const store = to.store(node, node.store, kept)
  to.operator(node, { type: 'table', stores: [store], operator: tableSource({ store }), uses: makesNew })
}

/** Its topic has neither the versions that were replaced nor the end of those that expired. */
function lowerVersionedSource(node: TableSourceNode, history: number, to: Lowering): void {
  const rows = { ...rowsOf(node, to), asTheyAre: false }
  const base = { ...to.storeBase(node, node.store), rowsOf: rows, cache: false }
  const store = to.addStore(node, { ...base, kind: 'versioned', history })
  to.operator(node, { type: 'table', stores: [store], operator: versionedSource({ store }), uses: makesNew })
}

function rowsOf(node: TableSourceNode, to: Lowering): { topic: string; asTheyAre: boolean } {
  const source = to.actual(node.parents[0]!) as SourceNode
  return { topic: String(source.topic), asTheyAre: hasBytesOf(source, node.store) }
}

export function lowerTableStep(node: TableStepNode, to: Lowering): void {
  const store = to.tables.keeps(node) ? to.store(node, node.store) : undefined
  to.operator(node, {
    type: node.type,
    stores: store === undefined ? [] : [store],
    operator: node.operator({
      store,
      sendOld: to.tables.needsOld(node),
      versioned: to.isVersioned(node.parents[0]!),
    }),
    uses: makesNew,
  })
}

/** One operator per side, and one where their results meet; it keeps them if someone needs them kept. */
export function lowerTableJoin(node: TableJoinNode, to: Lowering): void {
  const [left, right] = node.parents
  const name = to.name(node)
  const store = to.tables.keeps(node) ? to.store(node, node.store) : undefined
  const sendOld = store === undefined && to.tables.needsOld(node)
  to.copartition(node)
  const sides = (['left', 'right'] as const).map(side => {
    const view = to.view(side === 'left' ? right! : left!)
    const sideName = `${name}.${side}`
    const above = side === 'left' ? left! : right!
    const operator = node.side(side, view, sendOld)
    to.operator(node, {
      type: node.type,
      name: sideName,
      parents: [to.output(above)],
      stores: [storeOf(view)],
      operator: to.isVersioned(above) ? latestOnly(operator) : operator,
      uses: makesNew,
    })
    return sideName
  })
  to.operator(node, {
    type: node.type,
    parents: sides,
    stores: store === undefined ? [] : [store],
    operator: store === undefined ? passThrough() : materialize({ store }),
    uses: store === undefined ? passesAll : makesNew,
  })
}
