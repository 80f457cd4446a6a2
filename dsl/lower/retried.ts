import { retried } from '../../src/operators/calls/retried.js'
import type { OperatorSpec, SplitSpec, Uses } from '../../src/topology/spec.js'
import type { Node, RetryNode } from '../nodes.js'
import type { Lowering } from './lowering.js'

/** An operator, or one with several outputs, that parks the records it fails on. Both parts of them have to be written. */
export function retriedSpec<S extends OperatorSpec | SplitSpec>(
  spec: S,
  node: Node,
  { store, retry }: { readonly store: string; readonly retry: RetryNode },
  to: Lowering,
): S {
  const { key, value } = node.parents[0]!
  const at = `store ${store} (records that wait for ${spec.name})`
  const { policy, limit } = retry
  const options = {
    store,
    policy,
    limit,
    key: to.serde(key, 'key', at, node),
    value: to.serde(value, 'value', at, node),
  }
  const uses: Uses = { ...spec.uses, key: true, value: true }
  const stores = [...(spec.stores ?? []), store]
  return spec.kind === 'split'
    ? { ...spec, stores, uses, splitter: retried(spec.splitter, options) }
    : { ...spec, stores, uses, operator: retried(spec.operator, options) }
}
