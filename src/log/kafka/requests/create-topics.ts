import type { TopicSpec } from '../../log.js'
import type { Request } from '../wire/request.js'

export interface TopicResult {
  readonly topic: string
  readonly error: number
  readonly message: string | null
}

/**
 * CreateTopics v4; a replication factor of -1 is the broker's default since v4.
 *
 *   request  => [topic] timeout_ms: int32, validate_only: bool
 *     topic  => name: string, num_partitions: int32, replication_factor: int16, [assignment] [name: string,
 *               value: nullable string]
 *   response => throttle_time_ms: int32, [name: string, error_code: int16, error_message: nullable string]
 */
export function createTopicsRequest(specs: readonly TopicSpec[], timeout: number): Request<TopicResult[]> {
  return {
    name: 'CreateTopics',
    key: 19,
    version: 4,
    write(to) {
      to.array(specs, spec => {
        to.string(spec.name)
          .int32(spec.partitions)
          .int16(spec.replicationFactor ?? -1)
          .array([], () => {})
        to.array(Object.entries(spec.config ?? {}), ([name, value]) => to.string(name).string(value))
      })
      to.int32(timeout).boolean(false)
    },
    read(from) {
      from.throttle()
      return from.array(() => ({ topic: from.string(), error: from.int16(), message: from.nullableString() }))
    },
  }
}
