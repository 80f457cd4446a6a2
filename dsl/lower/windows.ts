import { SluiceError } from '../../src/errors.js'
import { tellStore } from '../../src/operators/fold-side.js'
import { materialize } from '../../src/operators/materialize.js'
import type { Windows } from '../../src/operators/windows/definitions.js'
import type { WindowStoreSpec } from '../../src/topology/spec.js'
import type { CogroupNode, LateNode, StatefulNode, SuppressNode, WindowWish } from '../nodes.js'
import { makesNew } from '../uses.js'
import type { Lowering } from './lowering.js'
import { rowsOf } from './tables.js'

/** Adds the store of an aggregate over windows and answers its name. */
export function windowStore(
  node: StatefulNode | CogroupNode | LateNode,
  { windows, retention, plainKey }: WindowWish,
  to: Lowering,
): string {
  const at = `store ${to.storeName(node)}`
  return to.addStore(node, {
    ...to.storeBase(node, node.store),
    kind: 'window',
    plainKey: to.serde(plainKey, 'key', at, node),
    retention,
    ...shapeOf(windows),
  })
}

function shapeOf(windows: Windows): Pick<WindowStoreSpec, 'size' | 'reach'> {
  if (windows.kind === 'time') return { size: windows.size }
  if (windows.kind === 'session') return { size: 'session' }
  return { size: windows.difference, reach: windows.difference }
}

export function lowerLate(node: LateNode, to: Lowering): void {
  const store =
    node.windows.windows.kind === 'session'
      ? windowStore(node, node.windows, to)
      : // The stream time is all that it keeps.
        to.addStore(node, { ...to.storeBase(node, node.store), kind: 'time-ordered' })
  const uses = { ...makesNew, passesKey: true, passesValue: true }
  to.operator(node, { type: 'late', stores: [store], operator: node.operator(store), uses })
}

/** One operator per stream, and one that tells what they make of the store. */
export function lowerCogroup(node: CogroupNode, to: Lowering): void {
  const store = node.windows === undefined ? to.store(node, node.store) : windowStore(node, node.windows, to)
  const name = to.name(node)
  to.copartition(node)
  const sides = node.parents.map((parent, index) => {
    const side = `${name}.${index}`
    to.operator(node, {
      type: node.type,
      name: side,
      parents: [to.output(parent)],
      stores: [store],
      operator: node.side(store, index),
      uses: makesNew,
    })
    return side
  })
  to.operator(node, {
    type: node.type,
    parents: sides,
    stores: [store],
    operator: tellStore({ store }),
    uses: makesNew,
  })
}

/** @throws SluiceError BAD_TOPOLOGY of a versioned table, as Kafka Streams */
export function lowerSuppress(node: SuppressNode, to: Lowering): void {
  if (to.isVersioned(node.parents[0]!)) throw versioned(node)
  const looksUp = to.tables.isLookedUp(node)
  const buffer = to.addStore(node, { ...to.storeBase(node, node.store), kind: 'suppress' })
  const name = to.name(node)
  const sendOld = !looksUp && to.tables.needsOld(node)
  const operator = node.operator({ store: buffer, sendOld })
  to.operator(node, { type: node.type, stores: [buffer], operator, uses: makesNew })
  if (!looksUp) return
  const rows = to.addStore(node, { ...to.storeBase(node, node.store), kind: 'key-value', name: rowsOf(buffer) })
  to.operator(node, {
    type: node.type,
    name: `${name}.rows`,
    parents: [name],
    stores: [rows],
    operator: materialize({ store: rows }),
    uses: makesNew,
  })
}

/** A late row is no change of the latest one: held back, it would take its place. */
function versioned({ line }: SuppressNode): SluiceError {
  return new SluiceError('BAD_TOPOLOGY', 'suppress() of a versioned table', {
    place: { operator: 'suppress', line },
    hint: 'leave history out, or suppress what is made of the table: .groupBy(…).count().suppress(…)',
  })
}
