import type { Request } from '../wire/request.js'

export interface MetadataResponse {
  readonly brokers: readonly { readonly node: number; readonly host: string; readonly port: number }[]
  readonly controller: number
  readonly topics: readonly TopicMetadata[]
}

export interface TopicMetadata {
  readonly error: number
  readonly name: string
  readonly id: string
  readonly internal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

export interface PartitionMetadata {
  readonly partition: number
  readonly error: number
  /** -1 while there is none. */
  readonly leader: number
  readonly replicas: readonly number[]
}

/**
 * Metadata v11 (flexible); v10 added the topic id, v12 (Kafka 3.1) may ask by it.
 *
 *   request  => [topic] allow_auto_topic_creation: bool, include_topic_authorized_operations: bool
 *     topic  => topic_id: uuid, name: nullable string
 *   response => throttle_time_ms: int32, [broker] cluster_id: nullable string, controller_id: int32, [topic]
 *     broker => node_id: int32, host: string, port: int32, rack: nullable string
 *     topic  => error_code: int16, name: string, topic_id: uuid, is_internal: bool, [partition]
 *               authorized_operations: int32
 *     partition => error_code: int16, partition_index: int32, leader_id: int32, leader_epoch: int32, [replica: int32]
 *               [isr: int32] [offline: int32]
 */
export function metadataRequest(topics: readonly string[] | null): Request<MetadataResponse> {
  return {
    name: 'Metadata',
    key: 3,
    version: 11,
    flexible: true,
    write(to) {
      to.compactArray(topics, name => to.int64(0).int64(0).compactString(name).tags())
      to.boolean(false).boolean(false).tags()
    },
    read(from) {
      from.throttle()
      const brokers = from.compactArray(() => {
        const broker = { node: from.int32(), host: from.compactString(), port: from.int32() }
        from.compactNullableString()
        from.tags()
        return broker
      })
      from.compactNullableString()
      const controller = from.int32()
      const topicList = from.compactArray(() => {
        const head = { error: from.int16(), name: from.compactString(), id: from.uuid(), internal: from.boolean() }
        const partitions = from.compactArray(() => {
          const error = from.int16()
          const partition = from.int32()
          const leader = from.int32()
          from.int32()
          const replicas = from.compactArray(() => from.int32())
          from.compactArray(() => from.int32())
          from.compactArray(() => from.int32())
          from.tags()
          return { partition, error, leader, replicas }
        })
        from.int32()
        from.tags()
        return { ...head, partitions }
      })
      return { brokers, controller, topics: topicList }
    },
  }
}
