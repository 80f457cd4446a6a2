import { checkSame, type Fluent } from './fluent.js'
import type { MergeNode } from './nodes.js'
import { common } from './serdes.js'

/** Adds the place where several streams become one. */
export function addMerge(streams: readonly Fluent[], line: string | undefined): MergeNode {
  const graph = streams[0]!['~graph']
  for (const stream of streams) checkSame(graph, stream, 'merge()', line)
  const parents = streams.map(stream => stream['~node'])
  const [keys, values] = [parents.map(parent => parent.key), parents.map(parent => parent.value)]
  return graph.add({
    kind: 'merge',
    parents,
    line,
    key: common(keys, 'keys', 'merge()'),
    value: common(values, 'values', 'merge()'),
  })
}
