import { partEntry, partKey, waitEntry } from '../../src/store/part-entry.js'
import type { AllNode } from '../nodes.js'
import { makesNew } from '../uses.js'
import type { Lowering } from './lowering.js'

/** An operator for each stream, which makes its records parts, and one that gathers them. */
export function lowerAll(node: AllNode, to: Lowering): void {
  const parts = to.storeName(node)
  const waits = `${parts}-waits`
  const at = `store ${parts}`
  const key = to.serde(node.store.key, 'key', at, node)
  const values = node.values.map(value => to.serde(value, 'value', at, node))
  const { changelog, in: where } = node.store
  const base = { cache: false, changelog, in: where, line: node.line }
  to.addStore(node, { ...base, kind: 'key-value', name: parts, key: partKey(key), value: partEntry(values) })
  to.addStore(node, { ...base, kind: 'time-ordered', name: waits, key, value: waitEntry })
  to.copartition(node)
  const name = to.name(node)
  const sides = node.parents.map((parent, index) => {
    const side = `${name}.${index}`
    const operator = node.sides[index]!
    to.operator(node, { type: node.type, name: side, parents: [to.output(parent)], operator, uses: makesNew })
    return side
  })
  const operator = node.operator({ parts, waits })
  to.operator(node, { type: node.type, parents: sides, stores: [parts, waits], operator, uses: makesNew })
}
