import type { Request } from '../wire/request.js'

export interface TopicConfig {
  readonly topic: string
  readonly error: number
  readonly message: string | null
  /** Settings in force, the broker's defaults included; secrets left out. */
  readonly config: Readonly<Record<string, string>>
}

/** ResourceType TOPIC. */
const topicResource = 2

/**
 * DescribeConfigs v3.
 *
 *   request  => [resource_type: int8, resource_name: string, [name: string] (null: all)] include_synonyms: bool,
 *               include_documentation: bool
 *   response => throttle_time_ms: int32, [result]
 *     result => error_code: int16, error_message: nullable string, resource_type: int8, resource_name: string, [config]
 *     config => name: string, value: nullable string, read_only: bool, config_source: int8, is_sensitive: bool,
 *               [name: string, value: nullable string, source: int8] config_type: int8, documentation: nullable string
 */
export function describeConfigsRequest(topics: readonly string[]): Request<TopicConfig[]> {
  return {
    name: 'DescribeConfigs',
    key: 32,
    version: 3,
    write(to) {
      to.array(topics, name =>
        to
          .int8(topicResource)
          .string(name)
          .array(null, () => {}),
      )
      to.boolean(false).boolean(false)
    },
    read(from) {
      from.throttle()
      return from.array(() => {
        const error = from.int16()
        const message = from.nullableString()
        from.int8()
        const topic = from.string()
        const entries = from.array((): [string, string | null] => {
          const name = from.string()
          const value = from.nullableString()
          from.boolean()
          from.int8()
          from.boolean()
          from.array(() => [from.string(), from.nullableString(), from.int8()])
          from.int8()
          from.nullableString()
          return [name, value]
        })
        const known = entries.filter((entry): entry is [string, string] => entry[1] !== null)
        return { topic, error, message, config: Object.fromEntries(known) }
      })
    },
  }
}
