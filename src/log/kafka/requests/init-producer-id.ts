import type { Request } from '../wire/request.js'

/** What a producer stamps its batches with; a newer epoch of an id fences the older. */
export interface ProducerIdentity {
  readonly id: bigint
  readonly epoch: number
}

export const noIdentity: ProducerIdentity = { id: -1n, epoch: -1 }

export interface InitProducerIdResponse extends ProducerIdentity {
  readonly error: number
}

/**
 * InitProducerId v4 (flexible). With the identity that one has (KIP-360) the epoch grows only if nobody else has taken the
 * transactional id meanwhile; with none (-1, -1) it grows in any case, and whoever had it is fenced.
 *
 *   request  => transactional_id: nullable string, transaction_timeout_ms: int32, producer_id: int64, producer_epoch: int16
 *   response => throttle_time_ms: int32, error_code: int16, producer_id: int64, producer_epoch: int16
 */
export function initProducerIdRequest(
  transactionalId: string | null,
  transactionTimeout: number,
  have: ProducerIdentity,
): Request<InitProducerIdResponse> {
  return {
    name: 'InitProducerId',
    key: 22,
    version: 4,
    flexible: true,
    write(to) {
      to.compactString(transactionalId).int32(transactionTimeout).int64(have.id).int16(have.epoch).tags()
    },
    read(from) {
      from.throttle()
      return { error: from.int16(), id: from.bigint64(), epoch: from.int16() }
    },
  }
}
