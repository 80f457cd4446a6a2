import type { TopicPartition } from '../../../record.js'
import { byTopic } from '../wire/by-topic.js'
import type { PartitionResult } from '../wire/partition-result.js'
import type { Request } from '../wire/request.js'
import type { ProducerIdentity } from './init-producer-id.js'

/**
 * AddPartitionsToTxn v2; v2 tells PRODUCER_FENCED from INVALID_PRODUCER_EPOCH.
 *
 *   request  => transactional_id: string, producer_id: int64, producer_epoch: int16, [topic]
 *     topic  => name: string, [partition: int32]
 *   response => throttle_time_ms: int32, [topic]
 *     topic  => name: string, [partition_index: int32, error_code: int16]
 */
export function addPartitionsToTxnRequest(
  transactionalId: string,
  producer: ProducerIdentity,
  partitions: readonly TopicPartition[],
): Request<PartitionResult[]> {
  return {
    name: 'AddPartitionsToTxn',
    key: 24,
    version: 2,
    write(to) {
      to.string(transactionalId).int64(producer.id).int16(producer.epoch)
      to.array(byTopic(partitions), one => {
        to.string(one.topic).array(one.partitions, ({ partition }) => to.int32(partition))
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
