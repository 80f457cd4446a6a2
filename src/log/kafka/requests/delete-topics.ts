import type { Request } from '../wire/request.js'
import type { TopicResult } from './create-topics.js'

/**
 * DeleteTopics v3.
 *
 *   request  => [name: string] timeout_ms: int32
 *   response => throttle_time_ms: int32, [name: string, error_code: int16]
 */
export function deleteTopicsRequest(names: readonly string[], timeout: number): Request<TopicResult[]> {
  return {
    name: 'DeleteTopics',
    key: 20,
    version: 3,
    write(to) {
      to.array(names, name => to.string(name)).int32(timeout)
    },
    read(from) {
      from.throttle()
      return from.array(() => ({ topic: from.string(), error: from.int16(), message: null }))
    },
  }
}
