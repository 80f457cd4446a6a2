import type { Node, RetryNode } from '../nodes.js'
import type { PipelineRetry } from '../retry.js'
import { canRetry, coversNothing, coversOf, headOf } from './retries.js'

/**
 * A pipeline's retry as nodes: one for each source or repartition behind which something can be tried again that no `retry`
 * of a stream covers. What waits has to lie in the state of its own task, so one for all is no way.
 *
 * @throws SluiceError BAD_TOPOLOGY where nothing in the pipeline can be tried again
 */
export function pipelineRetries(nodes: readonly Node[], retry: PipelineRetry | undefined): RetryNode[] {
  if (retry === undefined) return []
  const able = nodes.filter(canRetry)
  if (able.length === 0) throw coversNothing(retry)
  const covered = coversOf(nodes)
  const heads = new Set(able.filter(node => !covered.has(node)).map(headOf))
  return [...heads].map(head => {
    const { key, value } = head
    const store = { as: undefined }
    return Object.freeze({
      kind: 'retry',
      type: 'retry',
      parents: [head],
      key,
      value,
      store,
      isOfPipeline: true,
      ...retry,
    })
  })
}
