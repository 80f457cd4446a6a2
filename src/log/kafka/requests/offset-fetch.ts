import type { TopicPartition } from '../../../record.js'
import { byTopic } from '../wire/by-topic.js'
import type { Request } from '../wire/request.js'

export interface OffsetFetchResponse {
  readonly error: number
  readonly partitions: readonly {
    readonly topic: string
    readonly partition: number
    readonly error: number
    /** -1: none is committed. */
    readonly offset: number
    readonly metadata: string
  }[]
}

/**
 * OffsetFetch v7 (flexible). `stable`, as `require_stable` (KIP-447): UNSTABLE_OFFSET_COMMIT where a transaction that
 * holds a position of the partition is not decided yet. `null` asks for all that the group has.
 *
 *   request  => group_id: string, [topic] require_stable: bool
 *     topic  => name: string, [partition_index: int32]
 *   response => throttle_time_ms: int32, [topic] error_code: int16
 *     topic  => name: string, [partition]
 *     partition => partition_index: int32, committed_offset: int64, committed_leader_epoch: int32,
 *               metadata: nullable string, error_code: int16
 */
export function offsetFetchRequest(
  group: string,
  partitions: readonly TopicPartition[] | null,
  stable: boolean,
): Request<OffsetFetchResponse> {
  return {
    name: 'OffsetFetch',
    key: 9,
    version: 7,
    flexible: true,
    write(to) {
      to.compactString(group)
      to.compactArray(partitions === null ? null : byTopic(partitions), one => {
        to.compactString(one.topic).compactArray(one.partitions, ({ partition }) => to.int32(partition))
        to.tags()
      })
      to.boolean(stable).tags()
    },
    read(from) {
      from.throttle()
      const results = from.compactArray(() => {
        const topic = from.compactString()
        const list = from.compactArray(() => {
          const head = { topic, partition: from.int32(), offset: from.int64() }
          from.int32()
          const tail = { metadata: from.compactString(), error: from.int16() }
          from.tags()
          return { ...head, ...tail }
        })
        from.tags()
        return list
      })
      return { error: from.int16(), partitions: results.flat() }
    },
  }
}
