import type { OracleNode } from './question.js'

/** What every topology may read. */
export const sources: readonly OracleNode[] = [
  { id: 'a', op: 'stream', topic: 'a' },
  { id: 'b', op: 'stream', topic: 'b' },
  { id: 'c', op: 'stream', topics: ['c', 'd'] },
  { id: 't', op: 'table', topic: 't' },
  { id: 'u', op: 'table', topic: 'u', as: 'u-store' },
  { id: 'v', op: 'table', topic: 'v', as: 'v-store', history: 40 },
  { id: 'g', op: 'globalTable', topic: 'g', as: 'g-store' },
]

/** The topics that a node reads itself. */
export function topicsOf(node: OracleNode): readonly string[] {
  if (node.of !== undefined) return []
  return (node['topics'] as string[] | undefined) ?? [node['topic'] as string]
}
