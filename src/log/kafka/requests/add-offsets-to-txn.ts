import type { Request } from '../wire/request.js'
import type { ProducerIdentity } from './init-producer-id.js'

/**
 * AddOffsetsToTxn v2: the transaction will hold positions of the group. Answers the error code.
 *
 *   request  => transactional_id: string, producer_id: int64, producer_epoch: int16, group_id: string
 *   response => throttle_time_ms: int32, error_code: int16
 */
export function addOffsetsToTxnRequest(
  transactionalId: string,
  producer: ProducerIdentity,
  group: string,
): Request<number> {
  return {
    name: 'AddOffsetsToTxn',
    key: 25,
    version: 2,
    write(to) {
      to.string(transactionalId).int64(producer.id).int16(producer.epoch).string(group)
    },
    read(from) {
      from.throttle()
      return from.int16()
    },
  }
}
