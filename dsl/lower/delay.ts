import { long } from '../../src/serde/long.js'
import { timerEntry } from '../../src/store/timer-entry.js'
import type { DelayNode } from '../nodes.js'
import { makesNew } from '../uses.js'
import type { Lowering } from './lowering.js'

/** The store is in the order of due times, and numbers what is due at one time as it came. */
export function lowerDelay(node: DelayNode, to: Lowering): void {
  const name = to.storeName(node)
  const at = `store ${name}`
  const store = to.addStore(node, {
    kind: 'time-ordered',
    records: true,
    name,
    key: long,
    value: timerEntry(to.serde(node.store.key, 'key', at, node), to.serde(node.store.value, 'value', at, node)),
    cache: false,
    changelog: true,
    in: 'disk',
    line: node.line,
  })
  to.operator(node, { type: node.type, stores: [store], operator: node.operator(store), uses: makesNew })
}
