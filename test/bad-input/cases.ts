import type { ErrorCode } from '../../src/errors.js'
import { good, type Raw } from './orders.js'

/** A record that something in the pipeline cannot work on. */
export interface BadRecord {
  readonly what: string
  readonly record: Raw
  readonly code: ErrorCode
  /** The operator that the error names. */
  readonly operator: RegExp
  /** What the error says besides. */
  readonly says: RegExp
}

export const badRecords: readonly BadRecord[] = [
  {
    what: 'bytes that the schema does not decode',
    record: { key: 'order-x', value: Buffer.from([255, 255, 255, 255, 255, 255]) },
    code: 'DESERIALIZE',
    operator: /orders/,
    says: /Order|avro/i,
  },
  {
    what: 'a null key where one is needed',
    record: { ...good('x', 1), key: null },
    code: 'NULL_KEY',
    operator: /stream|orders/,
    says: /no key/,
  },
  {
    what: 'a callback that throws',
    record: good('x', -1),
    code: 'CALLBACK',
    operator: /map/,
    says: /an order of nothing/,
  },
  {
    what: 'a record above the size limit',
    record: good('x', 77),
    code: 'RECORD_TOO_LARGE',
    operator: /copies|to/,
    says: /2\d{6} bytes.*limit/,
  },
]
