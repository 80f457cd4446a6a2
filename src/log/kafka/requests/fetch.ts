import type { Isolation } from '../../log.js'
import { byTopic } from '../wire/by-topic.js'
import type { Request } from '../wire/request.js'

export interface FetchPartition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number
}

export interface FetchOptions {
  readonly isolation: Isolation
  readonly maxWait: number
  readonly minBytes: number
  readonly maxBytes: number
}

export interface FetchResult {
  readonly topic: string
  readonly partition: number
  readonly error: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  /** At read_committed: transactions with records in this answer that were aborted, by first offset. */
  readonly aborted: readonly AbortedTransaction[]
  /** Record batches; the last may be cut off. A view into the whole answer. */
  readonly records: Buffer
}

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

/** The error of a whole answer is given to each partition of the request. */
export interface FetchResponse {
  readonly error: number
  readonly partitions: readonly FetchResult[]
}

/**
 * Fetch v11, without a fetch session (KIP-227): session id 0, epoch -1.
 *
 *   request  => replica_id: int32 (-1: a consumer), max_wait_ms: int32, min_bytes: int32, max_bytes: int32,
 *               isolation_level: int8 (0 uncommitted, 1 committed), session_id: int32, session_epoch: int32, [topic]
 *               [forgotten] rack_id: string
 *     topic  => topic: string, [partition: int32, current_leader_epoch: int32, fetch_offset: int64,
 *               log_start_offset: int64, partition_max_bytes: int32]
 *   response => throttle_time_ms: int32, error_code: int16, session_id: int32, [topic]
 *     topic  => topic: string, [partition]
 *     partition => partition_index: int32, error_code: int16, high_watermark: int64, last_stable_offset: int64,
 *               log_start_offset: int64, [producer_id: int64, first_offset: int64] preferred_read_replica: int32,
 *               records: bytes
 */
export function fetchRequest(options: FetchOptions, partitions: readonly FetchPartition[]): Request<FetchResponse> {
  return {
    name: 'Fetch',
    key: 1,
    version: 11,
    write(to) {
      to.int32(-1).int32(options.maxWait).int32(options.minBytes).int32(options.maxBytes)
      to.int8(options.isolation === 'read_committed' ? 1 : 0)
      to.int32(0).int32(-1)
      to.array(byTopic(partitions), group => {
        to.string(group.topic).array(group.partitions, ({ partition, offset, maxBytes }) => {
          to.int32(partition).int32(-1).int64(offset).int64(-1).int32(maxBytes)
        })
      })
      to.array([], () => {}).string('')
    },
    read(from) {
      from.throttle()
      const error = from.int16()
      from.int32()
      const results = from.array(() => {
        const topic = from.string()
        return from.array((): FetchResult => {
          const head = { topic, partition: from.int32(), error: from.int16(), highWatermark: from.int64() }
          const lastStableOffset = from.int64()
          from.int64()
          const aborted = from.array(() => ({ producerId: from.bigint64(), firstOffset: from.int64() }))
          from.int32()
          return { ...head, lastStableOffset, aborted, records: from.bytes() }
        })
      })
      return { error, partitions: results.flat() }
    },
  }
}
