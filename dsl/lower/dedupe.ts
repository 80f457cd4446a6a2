import { bytes } from '../../src/serde/bytes.js'
import type { DedupeNode } from '../nodes.js'
import type { Lowering } from './lowering.js'

export function lowerDedupe(node: DedupeNode, to: Lowering): void {
  const { key, changelog, in: where, span, retention, keySerde } = node.store
  const name = to.storeName(node)
  const store = to.addStore(node, {
    kind: 'join-buffer',
    name,
    key: keySerde(to.serde(key, 'key', `store ${name}`, node)),
    value: bytes,
    cache: false,
    changelog,
    in: where,
    line: node.line,
    span,
    retention,
  })
  to.copartition(node)
  const uses = { key: true, value: true, passesKey: true, passesValue: true }
  to.operator(node, { type: 'dedupe', stores: [store], operator: node.operator(store), uses })
}
