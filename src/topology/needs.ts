import { looksAtKey, looksAtValue } from '../operators/uses.js'
import type { NodeSpec, OperatorSpec, SinkSpec, SourceSpec, SplitSpec, StoreBase, StoreSpec } from './spec.js'

/** Which parts have to be decoded. Of the others the bytes are enough. */
export interface Needs {
  readonly needsKey: boolean
  readonly needsValue: boolean
}

/** Which parts of a source's records have to be decoded. */
export interface SourceNeeds extends Needs {
  /** A key is decoded where its bytes are not exact: stores are asked for them. */
  readonly needsExactKey: boolean
}

/** Which parts of a store's changes have to be decoded, and whether anybody is told of them at all. */
export interface Told extends Needs {
  readonly needsOld: boolean
  readonly anybody: boolean
}

type ChildrenOf = (name: string) => readonly NodeSpec[]
type Serdes = Pick<StoreBase, 'key' | 'value'>

/** What the operators below a source, and what the source itself says, look at of its records. */
export function needsOf(source: SourceSpec, stores: readonly StoreSpec[], childrenOf: ChildrenOf): SourceNeeds {
  const { timestamp, fair } = source
  let asksByBytes = false
  const below = needsBelow(source.name, source, childrenOf, node => {
    const isAsked = isAskedByBytes(node, source, stores)
    asksByBytes ||= isAsked
    return isAsked
  })
  const needsKey =
    below.needsKey || (timestamp !== undefined && looksAtKey(timestamp)) || (fair !== undefined && looksAtKey(fair.by))
  return {
    needsKey,
    needsExactKey: !needsKey && asksByBytes,
    needsValue:
      below.needsValue ||
      (timestamp !== undefined && looksAtValue(timestamp)) ||
      (fair !== undefined && looksAtValue(fair.by)),
  }
}

/** Which parts of the changes that a node tells of its store have to be decoded. */
export function toldOf(node: OperatorSpec | SplitSpec, store: Serdes, childrenOf: ChildrenOf): Told {
  const children = outputsOf(node).flatMap(childrenOf)
  return {
    ...needsBelow(node.name, store, childrenOf),
    needsOld: children.some(child => 'uses' in child && child.uses.old !== false),
    anybody: children.length > 0,
  }
}

/**
 * Follows what a node hands on as far as it is passed on unchanged. A part is needed when an operator looks at it, or when a
 * sink would write it with another serde than it was read with.
 */
function needsBelow(
  from: string,
  serdes: Serdes,
  childrenOf: ChildrenOf,
  isAsked: (node: OperatorSpec | SplitSpec) => boolean = () => false,
): Needs {
  const reach = (looks: (node: NodeSpec) => boolean, passes: (node: NodeSpec) => boolean): boolean => {
    const seen = new Set<string>()
    const visit = (name: string): boolean => {
      if (seen.has(name)) return false
      seen.add(name)
      return childrenOf(name).some(
        child => looks(child) || (passes(child) && outputsOf(child).some(output => visit(output))),
      )
    }
    return visit(from)
  }
  return {
    needsKey: reach(
      node =>
        node.kind === 'sink'
          ? sinkReadsKey(node, serdes)
          : node.kind !== 'source' && node.uses.key !== false && !isAsked(node),
      node => 'uses' in node && node.uses.passesKey,
    ),
    needsValue: reach(
      node => (node.kind === 'sink' ? sinkReadsValue(node, serdes) : node.kind !== 'source' && node.uses.value),
      node => 'uses' in node && node.uses.passesValue,
    ),
  }
}

/**
 * Whether a repartition's values are those that a source read, with the serde that they would be written with, so that the
 * source's bytes can be copied. Only there: what users read of a topic is what a serde wrote, unless nothing looked at it.
 */
export function writesAsRead(sink: SinkSpec, parentOf: (name: string) => NodeSpec): boolean {
  return sink.repartition !== undefined && getsAsRead(sink, sink.value, parentOf)
}

/** Whether the values that a node gets are those that a source read with this serde. */
export function getsAsRead(
  { parents }: SinkSpec | OperatorSpec,
  serde: SinkSpec['value'],
  parentOf: (name: string) => NodeSpec,
): boolean {
  const seen = new Set<string>()
  const unchanged = (name: string): boolean => {
    // One that is not would have been told of at once.
    if (seen.has(name)) return true
    seen.add(name)
    const node = parentOf(name)
    if (node.kind === 'source') return node.value === serde
    if (node.kind === 'sink' || !node.uses.passesValue || node.uses.mayChange === true) return false
    return node.parents.every(unchanged)
  }
  return parents.every(unchanged)
}

/** The stores that are asked for the very bytes of a source's keys. */
export function askedBySource(
  source: SourceSpec,
  stores: readonly StoreSpec[],
  childrenOf: ChildrenOf,
): readonly string[] {
  const asked = new Set<string>()
  const seen = new Set<string>()
  const visit = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    for (const child of childrenOf(name)) {
      if (!('uses' in child)) continue
      const store = child.uses.byKey === true ? stores.find(each => each.name === storesOf(child)[0]) : undefined
      if (store?.kind === 'key-value' && store.key === source.key) asked.add(store.name)
      if (child.uses.passesKey) outputsOf(child).forEach(visit)
    }
  }
  visit(source.name)
  return [...asked]
}

/** Whether a node only asks its store for the key, and the store can find it by the bytes that the source read. */
function isAskedByBytes(node: OperatorSpec | SplitSpec, source: SourceSpec, stores: readonly StoreSpec[]): boolean {
  if (node.uses.key !== 'bytes' || source.key.isExact === undefined) return false
  const store = stores.find(({ name }) => name === storesOf(node)[0])
  return store?.kind === 'key-value' && store.key === source.key
}

/** The stores that a node writes or looks into. */
export function storesOf(node: NodeSpec): readonly string[] {
  return 'stores' in node && node.stores !== undefined ? node.stores : []
}

/** The names that children may give for a node among their parents. */
export function outputsOf(node: NodeSpec): readonly string[] {
  return node.kind === 'split' ? node.outputs : [node.name]
}

function sinkReadsKey(sink: SinkSpec, serdes: Serdes): boolean {
  const { topic, partitioner } = sink
  return (
    sink.key !== serdes.key || typeof partitioner === 'function' || (typeof topic === 'function' && looksAtKey(topic))
  )
}

function sinkReadsValue(sink: SinkSpec, serdes: Serdes): boolean {
  const { topic, partitioner } = sink
  return (
    sink.value !== serdes.value ||
    typeof partitioner === 'function' ||
    (typeof topic === 'function' && looksAtValue(topic))
  )
}
