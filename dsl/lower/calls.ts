import type { CallNode } from '../nodes.js'
import { makesNew } from '../uses.js'
import type { Lowering } from './lowering.js'
import { pendingStore } from './pending-store.js'

export function lowerCall(node: CallNode, to: Lowering): void {
  const name = to.storeName(node)
  const at = `store ${name}`
  const key = to.serde(node.store.key, 'key', at, node)
  const value = to.serde(node.store.value, 'value', at, node)
  const store = to.addStore(node, pendingStore(name, [to.name(node)], node.line))
  const operator = node.operator({ store, key, value, retry: to.retryOf(node)?.policy })
  to.operator(node, { type: node.type, stores: [store], operator, uses: { ...makesNew, passesKey: true } })
}
