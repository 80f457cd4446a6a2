import type { TopicPartition } from '../../../record.js'
import { byTopic } from '../wire/by-topic.js'
import type { PartitionResult } from '../wire/partition-result.js'
import type { Request } from '../wire/request.js'

/**
 * DeleteRecords v1, sent to the leaders.
 *
 *   request  => [topic] timeout_ms: int32
 *     topic  => name: string, [partition_index: int32, offset: int64]
 *   response => throttle_time_ms: int32, [topic]
 *     topic  => name: string, [partition_index: int32, low_watermark: int64, error_code: int16]
 */
export function deleteRecordsRequest(
  before: readonly (TopicPartition & { readonly offset: number })[],
  timeout: number,
): Request<PartitionResult[]> {
  return {
    name: 'DeleteRecords',
    key: 21,
    version: 1,
    write(to) {
      to.array(byTopic(before), one => {
        to.string(one.topic).array(one.partitions, ({ partition, offset }) => to.int32(partition).int64(offset))
      })
      to.int32(timeout)
    },
    read(from) {
      from.throttle()
      const results = from.array(() => {
        const topic = from.string()
        return from.array(() => {
          const partition = from.int32()
          from.int64()
          return { topic, partition, error: from.int16() }
        })
      })
      return results.flat()
    },
  }
}
