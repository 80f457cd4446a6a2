import type { GroupClaim, Position } from '../../log.js'
import type { TopicPartition } from '../../../record.js'
import { byTopic } from '../wire/by-topic.js'
import type { PartitionResult } from '../wire/partition-result.js'
import type { Request } from '../wire/request.js'
import type { ProducerIdentity } from './init-producer-id.js'

/**
 * TxnOffsetCommit v3 (flexible), the first with member id and generation (KIP-447): the group refuses the positions of a
 * member that it has moved on from.
 *
 *   request  => transactional_id: string, group_id: string, producer_id: int64, producer_epoch: int16,
 *               generation_id: int32 (-1: no member), member_id: string, group_instance_id: nullable string, [topic]
 *     topic  => name: string, [partition]
 *     partition => partition_index: int32, committed_offset: int64, committed_leader_epoch: int32,
 *               metadata: nullable string
 *   response => throttle_time_ms: int32, [topic]
 *     topic  => name: string, [partition_index: int32, error_code: int16]
 */
export function txnOffsetCommitRequest(
  transactionalId: string,
  producer: ProducerIdentity,
  group: string,
  claim: GroupClaim | undefined,
  positions: readonly (TopicPartition & Position)[],
): Request<PartitionResult[]> {
  return {
    name: 'TxnOffsetCommit',
    key: 28,
    version: 3,
    flexible: true,
    write(to) {
      to.compactString(transactionalId).compactString(group).int64(producer.id).int16(producer.epoch)
      to.int32(claim?.generation ?? -1)
        .compactString(claim?.memberId ?? '')
        .compactString(claim?.instanceId ?? null)
      to.compactArray(byTopic(positions), one => {
        to.compactString(one.topic).compactArray(one.partitions, ({ partition, offset, metadata }) => {
          to.int32(partition).int64(offset).int32(-1).compactString(metadata).tags()
        })
        to.tags()
      })
      to.tags()
    },
    read(from) {
      from.throttle()
      const results = from.compactArray(() => {
        const topic = from.compactString()
        const list = from.compactArray(() => {
          const result = { topic, partition: from.int32(), error: from.int16() }
          from.tags()
          return result
        })
        from.tags()
        return list
      })
      return results.flat()
    },
  }
}
