import { string } from '../../src/serde/string.js'
import { cronState, tickKey, tickValue } from '../../src/operators/timers/every.js'
import type { EveryNode } from '../nodes.js'
import { makesNew } from '../uses.js'
import type { Lowering } from './lowering.js'

/** A topic of one partition, so that the line has one task, and with it one owner in the group. */
export function lowerEvery(node: EveryNode, to: Lowering): void {
  const name = to.storeName(node)
  const { source, topic } = to.anchor(node, tickKey, tickValue)
  const store = to.addStore(node, {
    kind: 'key-value',
    name,
    key: string,
    value: cronState,
    cache: false,
    changelog: true,
    in: 'disk',
    line: node.line,
  })
  const operator = node.operator(store, topic)
  to.operator(node, { type: 'every', parents: [source], stores: [store], operator, uses: makesNew })
}
