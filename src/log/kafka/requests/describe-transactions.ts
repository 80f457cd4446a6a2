import type { Request } from '../wire/request.js'

export interface TransactionState {
  readonly error: number
  readonly transactionalId: string
  /** `Empty`, `Ongoing`, `PrepareCommit`, `CompleteCommit`, … */
  readonly state: string
}

/**
 * DescribeTransactions v0 (flexible).
 *
 *   request  => [transactional_id: string]
 *   response => throttle_time_ms: int32, [transaction]
 *     transaction => error_code: int16, transactional_id: string, transaction_state: string,
 *               transaction_timeout_ms: int32, transaction_start_time_ms: int64, producer_id: int64,
 *               producer_epoch: int16, [topic: string, [partition: int32]]
 */
export function describeTransactionsRequest(ids: readonly string[]): Request<TransactionState[]> {
  return {
    name: 'DescribeTransactions',
    key: 65,
    version: 0,
    flexible: true,
    write(to) {
      to.compactArray(ids, id => to.compactString(id)).tags()
    },
    read(from) {
      from.throttle()
      return from.compactArray(() => {
        const head = { error: from.int16(), transactionalId: from.compactString(), state: from.compactString() }
        from.int32()
        from.int64()
        from.int64()
        from.int16()
        from.compactArray(() => {
          from.compactString()
          from.compactArray(() => from.int32())
          from.tags()
        })
        from.tags()
        return head
      })
    },
  }
}
