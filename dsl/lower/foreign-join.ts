import { materialize } from '../../src/operators/materialize.js'
import { passThrough } from '../../src/operators/pass-through.js'
import { storeOf } from '../../src/operators/table-view.js'
import { latestOnly } from '../../src/operators/versioned-source.js'
import { bytes } from '../../src/serde/index.js'
import { answer, subscription } from '../../src/serde/subscription.js'
import type { Operator } from '../../src/operators/operator.js'
import type { Partitioner } from '../../src/topology/spec.js'
import type { ForeignJoinNode, Node } from '../nodes.js'
import { makesNew, passesAll } from '../uses.js'
import type { Lowering } from './lowering.js'

const toLeftRow: Partitioner = (_key, message: { readonly partition: number }, partitions) =>
  message.partition % partitions

/**
 * The left table's changes go as subscriptions to the tasks of the foreign rows; those answer, at once and whenever a row
 * changes, to the task of the left row, where the join is made.
 */
export function lowerForeignJoin(node: ForeignJoinNode, to: Lowering): void {
  const [left, right] = node.parents as [Node, Node]
  const name = to.storeName(node)
  const nodeName = to.name(node)
  const store = `${name}-subscriptions`
  const serde = (of: Node, part: 'key' | 'value') => to.serde(of[part], part, `${name}, a join by a foreign key`, of)
  const primaryKey = serde(left, 'key')
  const foreignKey = serde(right, 'key')
  const value = serde(left, 'value')
  const subscriptions = subscription(primaryKey)
  const answers = answer(serde(right, 'value'))
  const rightRows = to.view(right)
  const leftRows = to.view(left)

  to.addStore(node, {
    kind: 'subscriptions',
    name: store,
    key: bytes,
    value: subscriptions,
    cache: false,
    changelog: node.store.changelog,
    in: node.store.in,
    line: node.line,
  })
  const add = (suffix: string, parents: readonly string[], operator: Operator, stores: readonly string[]): string => {
    to.operator(node, { type: node.type, name: `${nodeName}.${suffix}`, parents, operator, stores, uses: makesNew })
    return `${nodeName}.${suffix}`
  }
  const latest = (table: Node, operator: Operator): Operator =>
    to.isVersioned(table) ? latestOnly(operator) : operator

  const asking = add(
    'subscribe',
    [to.output(left)],
    latest(left, node.subscribe({ value, foreignKey, primaryKey })),
    [],
  )
  const asked = to.through(node, 'subscription', [asking], foreignKey, subscriptions, undefined)
  const how = { store, foreignKey, primaryKey }
  const owned = [...new Set([store, storeOf(rightRows)])]
  const told = add('answer', [asked], node.answer({ ...how, table: rightRows }), owned)
  const changed = add('tell', [to.output(right)], latest(right, node.tell(how)), [store])
  const answered = to.through(node, 'response', [told, changed], primaryKey, answers, toLeftRow)
  const joined = add('join', [answered], node.join({ table: leftRows, value, primaryKey }), [storeOf(leftRows)])
  to.copartitionWith(node, right, 'subscription', 'key')
  to.copartitionWith(node, left, 'response', 'number')

  const kept = to.tables.keeps(node) ? to.store(node, node.store) : undefined
  to.operator(node, {
    type: node.type,
    parents: [joined],
    stores: kept === undefined ? [] : [kept],
    operator: kept === undefined ? passThrough() : materialize({ store: kept }),
    uses: kept === undefined ? passesAll : makesNew,
  })
}
