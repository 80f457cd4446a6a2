import { byTopic } from '../wire/by-topic.js'
import type { Request } from '../wire/request.js'

export interface ProducePartition {
  readonly topic: string
  readonly partition: number
  /** One finished record batch. */
  readonly batch: Buffer
}

export interface ProduceResult {
  readonly topic: string
  readonly partition: number
  readonly error: number
  readonly baseOffset: number
  readonly message: string | null
}

/**
 * Produce v8; v8 added the message of an error. The batches go to the socket as they are.
 *
 *   request  => transactional_id: nullable string, acks: int16 (-1: all in-sync replicas), timeout_ms: int32, [topic]
 *     topic  => name: string, [partition_index: int32, records: bytes]
 *   response => [topic] throttle_time_ms: int32
 *     topic  => name: string, [partition]
 *     partition => index: int32, error_code: int16, base_offset: int64, log_append_time_ms: int64, log_start_offset: int64,
 *               [batch_index: int32, message: nullable string] error_message: nullable string
 */
export function produceRequest(
  transactionalId: string | null,
  timeout: number,
  batches: readonly ProducePartition[],
): Request<ProduceResult[]> {
  return {
    name: 'Produce',
    key: 0,
    version: 8,
    write(to) {
      to.string(transactionalId).int16(-1).int32(timeout)
      to.array(byTopic(batches), group => {
        to.string(group.topic).array(group.partitions, ({ partition, batch }) => {
          to.int32(partition).int32(batch.length).reference(batch)
        })
      })
    },
    read(from) {
      const results = from.array(() => {
        const topic = from.string()
        return from.array((): ProduceResult => {
          const partition = from.int32()
          const error = from.int16()
          const baseOffset = from.int64()
          from.int64()
          from.int64()
          const reasons = from.array(() => {
            from.int32()
            return from.nullableString()
          })
          return { topic, partition, error, baseOffset, message: from.nullableString() ?? reasons[0] ?? null }
        })
      })
      from.throttle()
      return results.flat()
    },
  }
}
