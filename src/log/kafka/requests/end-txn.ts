import type { Request } from '../wire/request.js'
import type { ProducerIdentity } from './init-producer-id.js'

/**
 * EndTxn v2. Answers the error code.
 *
 *   request  => transactional_id: string, producer_id: int64, producer_epoch: int16, committed: bool
 *   response => throttle_time_ms: int32, error_code: int16
 */
export function endTxnRequest(transactionalId: string, producer: ProducerIdentity, commit: boolean): Request<number> {
  return {
    name: 'EndTxn',
    key: 26,
    version: 2,
    write(to) {
      to.string(transactionalId).int64(producer.id).int16(producer.epoch).boolean(commit)
    },
    read(from) {
      from.throttle()
      return from.int16()
    },
  }
}
