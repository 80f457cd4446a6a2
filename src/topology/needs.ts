import { looksAtKey, looksAtValue } from '../operators/uses.js'
import type { NodeSpec, SinkSpec, SourceSpec } from './spec.js'

/** Which parts of a source's records have to be decoded. Of the others the bytes are enough. */
export interface Needs {
  readonly needsKey: boolean
  readonly needsValue: boolean
}

/**
 * Follows a source's records as far as they are passed on unchanged. A part is needed when an operator looks at it, or
 * when a sink would write it with another serde than it was read with.
 */
export function needsOf(source: SourceSpec, childrenOf: (name: string) => readonly NodeSpec[]): Needs {
  const reach = (looks: (node: NodeSpec) => boolean, passes: (node: NodeSpec) => boolean): boolean => {
    const seen = new Set<string>()
    const visit = (name: string): boolean => {
      if (seen.has(name)) return false
      seen.add(name)
      return childrenOf(name).some(
        child => looks(child) || (passes(child) && outputsOf(child).some(output => visit(output))),
      )
    }
    return visit(source.name)
  }
  const { timestamp, fair } = source
  return {
    needsKey:
      (timestamp !== undefined && looksAtKey(timestamp)) ||
      (fair !== undefined && looksAtKey(fair.by)) ||
      reach(
        node => (node.kind === 'sink' ? sinkReadsKey(node, source) : node.kind !== 'source' && node.uses.key),
        node => 'uses' in node && node.uses.passesKey,
      ),
    needsValue:
      (timestamp !== undefined && looksAtValue(timestamp)) ||
      (fair !== undefined && looksAtValue(fair.by)) ||
      reach(
        node => (node.kind === 'sink' ? sinkReadsValue(node, source) : node.kind !== 'source' && node.uses.value),
        node => 'uses' in node && node.uses.passesValue,
      ),
  }
}

/**
 * Whether a repartition's values are those that a source read, with the serde that they would be written with, so that the
 * source's bytes can be copied. Only there: what users read of a topic is what a serde wrote, unless nothing looked at it.
 */
export function writesAsRead(sink: SinkSpec, parentOf: (name: string) => NodeSpec): boolean {
  const unchanged = (name: string): boolean => {
    const node = parentOf(name)
    if (node.kind === 'source') return node.value === sink.value
    if (node.kind === 'sink' || !node.uses.passesValue || node.uses.mayChange === true) return false
    return node.parents.every(unchanged)
  }
  return sink.repartition !== undefined && sink.parents.every(unchanged)
}

/** The stores that a node writes or looks into. */
export function storesOf(node: NodeSpec): readonly string[] {
  return 'stores' in node && node.stores !== undefined ? node.stores : []
}

/** The names that children may give for a node among their parents. */
export function outputsOf(node: NodeSpec): readonly string[] {
  return node.kind === 'split' ? node.outputs : [node.name]
}

function sinkReadsKey(sink: SinkSpec, source: SourceSpec): boolean {
  const { topic, partitioner } = sink
  return (
    sink.key !== source.key || typeof partitioner === 'function' || (typeof topic === 'function' && looksAtKey(topic))
  )
}

function sinkReadsValue(sink: SinkSpec, source: SourceSpec): boolean {
  const { topic, partitioner } = sink
  return (
    sink.value !== source.value ||
    typeof partitioner === 'function' ||
    (typeof topic === 'function' && looksAtValue(topic))
  )
}
