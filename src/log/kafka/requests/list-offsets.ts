import type { Isolation } from '../../log.js'
import { byTopic } from '../wire/by-topic.js'
import type { Request } from '../wire/request.js'

/** In place of a timestamp: the first offset held, or the end. */
export const earliest = -2
export const latest = -1

export interface ListOffsetsPartition {
  readonly topic: string
  readonly partition: number
  /** Milliseconds since the epoch, `earliest` or `latest`. */
  readonly timestamp: number
}

export interface ListOffsetsResult {
  readonly topic: string
  readonly partition: number
  readonly error: number
  /** -1 where no record is so young. */
  readonly offset: number
}

/**
 * ListOffsets v5.
 *
 *   request  => replica_id: int32 (-1), isolation_level: int8, [topic]
 *     topic  => name: string, [partition_index: int32, current_leader_epoch: int32, timestamp: int64]
 *   response => throttle_time_ms: int32, [topic]
 *     topic  => name: string, [partition_index: int32, error_code: int16, timestamp: int64, offset: int64,
 *               leader_epoch: int32]
 */
export function listOffsetsRequest(
  isolation: Isolation,
  partitions: readonly ListOffsetsPartition[],
): Request<ListOffsetsResult[]> {
  return {
    name: 'ListOffsets',
    key: 2,
    version: 5,
    write(to) {
      to.int32(-1).int8(isolation === 'read_committed' ? 1 : 0)
      to.array(byTopic(partitions), group => {
        to.string(group.topic).array(group.partitions, ({ partition, timestamp }) => {
          to.int32(partition).int32(-1).int64(timestamp)
        })
      })
    },
    read(from) {
      from.throttle()
      const results = from.array(() => {
        const topic = from.string()
        return from.array((): ListOffsetsResult => {
          const head = { topic, partition: from.int32(), error: from.int16() }
          from.int64()
          const offset = from.int64()
          from.int32()
          return { ...head, offset }
        })
      })
      return results.flat()
    },
  }
}
