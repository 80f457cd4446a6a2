import { SluiceError } from '../../src/errors.js'
import type { Node } from '../nodes.js'

/** @throws SluiceError BAD_TOPOLOGY for a topic that is read by its name and by a pattern as well */
export function checkPatterns(nodes: readonly Node[]): void {
  const sources = nodes.filter(node => node.kind === 'source')
  for (const pattern of sources) {
    if (typeof pattern.topic === 'string') continue
    const both = sources.find(({ topic }) => typeof topic === 'string' && topic.search(pattern.topic) !== -1)
    if (both === undefined) continue
    throw new SluiceError(
      'BAD_TOPOLOGY',
      `topic ${String(both.topic)} is read by name and by ${String(pattern.topic)}`,
      {
        place: { line: pattern.line },
        hint: `a topic is read once: narrow the pattern, or leave out the use at ${both.line ?? 'the other place'}`,
      },
    )
  }
}
