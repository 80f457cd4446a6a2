import type { TopicSpec } from '../log/log.js'
import { isPattern } from '../topology/topics.js'
import type { TopologySpec } from '../topology/spec.js'

/** An empty topic for patterns that find no other one, so that their tasks and internal topics can be made. */
const placeholder = 'no-topic-yet'

/** Makes a pipeline start although its patterns find no topic yet: with the topics of a test, they come by its first record. */
export function withoutTopics(
  spec: TopologySpec,
  topics: readonly TopicSpec[],
): { readonly spec: TopologySpec; readonly placeholders: readonly string[] } {
  const findsNone = (pattern: RegExp): boolean => topics.every(({ name }) => name.search(pattern) === -1)
  const nodes = spec.nodes.map(node => {
    if (node.kind !== 'source' || !isPattern(node.topics) || !findsNone(node.topics)) return node
    return { ...node, topics: new RegExp(`${node.topics.source}|^${placeholder}$`, node.topics.flags) }
  })
  const isSame = nodes.every((node, i) => node === spec.nodes[i])
  return isSame ? { spec, placeholders: [] } : { spec: { ...spec, nodes }, placeholders: [placeholder] }
}

/** Whether a topic of that name may still be made: by a function that chooses one, or for a pattern. */
export function mayCome(spec: TopologySpec, topic: string): boolean {
  return isFound(spec, topic) || spec.nodes.some(node => node.kind === 'sink' && typeof node.topic !== 'string')
}

/** Whether a pattern of the pipeline finds a topic of that name. */
export function isFound(spec: TopologySpec, topic: string): boolean {
  return spec.nodes.some(node => node.kind === 'source' && isPattern(node.topics) && topic.search(node.topics) !== -1)
}
