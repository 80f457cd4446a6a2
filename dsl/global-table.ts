import { SluiceError } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import type { Graph } from './graph.js'
import type { GlobalTableNode } from './nodes.js'
import { places, storeWish } from './serdes.js'
import { checkSink } from './sink.js'
import type { Topic } from './topic.js'
import type { StoreFor } from './types.js'

/** How a global table is kept. */
export interface GlobalTableOptions<K, V> {
  /** The store's name; makes it queryable. Default: the topic's name. */
  readonly as?: string | StoreFor<K, V>
  /** Where it lies. Default `'disk'`. */
  readonly in?: 'disk' | 'memory'
}

const knownOptions: KnownOptions<GlobalTableOptions<any, any>> = { as: true, in: places }

/**
 * A topic as a table that every instance holds in full, so that streams look rows up by any key without a repartition. It
 * is read to its end before anything is processed, and followed from there on: what a look-up sees depends on when it is
 * made, not on timestamps.
 */
export class GlobalTable<out K, out V> {
  declare readonly '~types': { readonly key: K; readonly value: V; readonly global: true }
  readonly '~graph': Graph
  readonly '~node': GlobalTableNode

  constructor(graph: Graph, node: GlobalTableNode) {
    this['~graph'] = graph
    this['~node'] = node
    Object.freeze(this)
  }
}

/** The one global table of a topic. @throws SluiceError BAD_ARGUMENT; BAD_TOPOLOGY when two uses contradict each other */
export function addGlobalTable(
  graph: Graph,
  topic: Topic<any, any>,
  options: GlobalTableOptions<any, any>,
  line: string | undefined,
): GlobalTableNode {
  checkSink(topic, 'globalTable()', line)
  checkKnown('globalTable()', options, knownOptions, line)
  const label = `topic ${topic.name}`
  const key = { serde: topic.key, why: label }
  const value = { serde: topic.value, why: label }
  const store = storeWish('globalTable', options, key, value, line)
  const known = graph.nodes.find(node => node.kind === 'global-table' && node.topic === topic.name)
  if (known?.kind !== 'global-table') {
    const { name } = topic
    return graph.add({ kind: 'global-table', type: 'globalTable', parents: [], line, topic: name, key, value, store })
  }
  const isSame =
    known.store.as === store.as &&
    known.store.in === store.in &&
    known.store.key.serde === store.key.serde &&
    known.store.value.serde === store.value.serde
  if (isSame) return known
  throw new SluiceError('BAD_TOPOLOGY', `topic ${topic.name} is made a global table twice, with different options`, {
    place: { line },
    hint: `use one table for both, or write the same options as at ${known.line ?? 'its first use'}`,
  })
}
