import type { OracleNode } from './question.js'

/** What every topology may read. */
export const sources: readonly OracleNode[] = [
  { id: 'a', op: 'stream', topic: 'a' },
  { id: 'b', op: 'stream', topic: 'b' },
  { id: 'c', op: 'stream', topics: ['c', 'd'] },
  { id: 'e', op: 'stream', topic: 'e', time: ['mod', 50] },
  { id: 'p', op: 'stream', pattern: '^p-[12]$', topics: ['p-1', 'p-2'] },
  { id: 't', op: 'table', topic: 't' },
  { id: 'u', op: 'table', topic: 'u', as: 'u-store' },
  { id: 'v', op: 'table', topic: 'v', as: 'v-store', history: 40 },
  { id: 'g', op: 'globalTable', topic: 'g', as: 'g-store' },
]

/** The topics that a node reads itself. */
export function topicsOf(node: OracleNode): readonly string[] {
  return node.of === undefined ? namedTopics(node) : []
}

export function namedTopics(node: OracleNode): readonly string[] {
  return (node['topics'] as string[] | undefined) ?? [node['topic'] as string]
}
