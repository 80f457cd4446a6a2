import { passThrough } from '../../src/operators/pass-through.js'
import { pendingKey, pendingValues } from '../../src/serde/pending.js'
import type { StreamJoinNode } from '../nodes.js'
import { passesAll, makesNew } from '../uses.js'
import type { Lowering } from './lowering.js'

/** One operator per side over a buffer for each, and one where their results meet. */
export function lowerStreamJoin(node: StreamJoinNode, to: Lowering): void {
  const { before, after, grace } = node.window
  const name = to.storeName(node)
  const { buffers } = node
  const serde = (side: 'left' | 'right') => to.serde(buffers[side], 'value', `store ${name}-${side}`, node)
  const key = to.serde(node.key, 'key', `store ${name}-left`, node)
  const [left, right] = [serde('left'), serde('right')]
  const common = { cache: false, changelog: buffers.changelog, in: buffers.in, line: node.line }
  const span = before + after
  const buffer = { ...common, kind: 'join-buffer', key, span, retention: span + grace } as const

  const stores = {
    left: to.addStore(node, { ...buffer, name: `${name}-left`, value: left }),
    right: to.addStore(node, { ...buffer, name: `${name}-right`, value: right }),
    pending:
      node.type === 'join'
        ? undefined
        : to.addStore(node, {
            ...common,
            kind: 'time-ordered',
            name: `${name}-pending`,
            key: pendingKey(key),
            value: pendingValues(left, right),
          }),
  }
  to.copartition(node)
  const used = Object.values(stores).filter(store => store !== undefined)
  const nodeName = to.name(node)
  const sides = (['left', 'right'] as const).map((side, i) => {
    const sideName = `${nodeName}.${side}`
    to.operator(node, {
      type: node.type,
      name: sideName,
      parents: [to.output(node.parents[i]!)],
      // Its own comes first: what it reads of the source goes there as it is.
      stores: side === 'left' ? used : [stores.right, ...used.filter(store => store !== stores.right)],
      operator: node.side(side, stores),
      uses: makesNew,
    })
    return sideName
  })
  to.operator(node, { type: node.type, parents: sides, operator: passThrough(), uses: passesAll })
}
