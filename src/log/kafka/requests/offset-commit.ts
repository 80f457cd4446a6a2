import type { GroupClaim, Position } from '../../log.js'
import type { TopicPartition } from '../../../record.js'
import { byTopic } from '../wire/by-topic.js'
import type { PartitionResult } from '../wire/partition-result.js'
import type { Request } from '../wire/request.js'

/**
 * OffsetCommit v7.
 *
 *   request  => group_id: string, generation_id: int32 (-1: no member), member_id: string,
 *               group_instance_id: nullable string, [topic]
 *     topic  => name: string, [partition_index: int32, committed_offset: int64, committed_leader_epoch: int32,
 *               metadata: nullable string]
 *   response => throttle_time_ms: int32, [topic]
 *     topic  => name: string, [partition_index: int32, error_code: int16]
 */
export function offsetCommitRequest(
  group: string,
  claim: GroupClaim | undefined,
  positions: readonly (TopicPartition & Position)[],
): Request<PartitionResult[]> {
  return {
    name: 'OffsetCommit',
    key: 8,
    version: 7,
    write(to) {
      to.string(group)
        .int32(claim?.generation ?? -1)
        .string(claim?.memberId ?? '')
        .string(claim?.instanceId ?? null)
      to.array(byTopic(positions), one => {
        to.string(one.topic).array(one.partitions, ({ partition, offset, metadata }) => {
          to.int32(partition).int64(offset).int32(-1).string(metadata)
        })
      })
    },
    read(from) {
      from.throttle()
      const results = from.array(() => {
        const topic = from.string()
        return from.array(() => ({ topic, partition: from.int32(), error: from.int16() }))
      })
      return results.flat()
    },
  }
}
