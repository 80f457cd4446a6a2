import { SluiceError } from '../src/errors.js'
import type { Graph } from './graph.js'
import type { StoreWish, TableSourceNode } from './nodes.js'
import { storeWish } from './serdes.js'
import { sourceOf } from './source.js'
import type { Topic } from './topic.js'
import type { StoreOptions } from './types.js'

/** The one table of a topic. @throws SluiceError BAD_TOPOLOGY when two uses contradict each other */
export function addTable(
  graph: Graph,
  topic: Topic<any, any>,
  options: StoreOptions<any, any>,
  line: string | undefined,
): TableSourceNode {
  const source = sourceOf(graph, topic.name, topic, {}, line)
  const store = storeWish('table', options, source.key, source.value, line)
  const known = graph.nodes.find(node => node.kind === 'table-source' && node.parents[0] === source)
  if (known?.kind !== 'table-source') {
    const { key, value } = source
    return graph.add({ kind: 'table-source', type: 'table', parents: [source], line, key, value, store })
  }
  if (isSame(known.store, store)) return known
  throw new SluiceError('BAD_TOPOLOGY', `topic ${topic.name} is made a table twice, with different options`, {
    place: { line },
    hint: `use one table for both, or write the same options as at ${known.line ?? 'its first use'}`,
  })
}

function isSame(a: StoreWish, b: StoreWish): boolean {
  return (
    a.as === b.as &&
    a.cache === b.cache &&
    a.changelog === b.changelog &&
    a.in === b.in &&
    a.key.serde === b.key.serde &&
    a.value.serde === b.value.serde
  )
}
