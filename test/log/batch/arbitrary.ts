import fc from 'fast-check'
import { RecordHeaders } from '../../../src/record.js'
import type { RecordCursor } from '../../../src/log/batch/cursor.js'

/** A record as a test compares it. */
export interface PlainRecord {
  timestamp: number
  key: string | null
  value: string | null
  headers: [string, string | null][]
}

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc.uint8Array({ minLength: 55, maxLength: 140 }),
  fc.integer({ min: 8100, max: 8300 }).map(length => new Uint8Array(length).fill(length)),
)
const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex')

/** Small times, and times so far apart that their delta needs more than 32 bits. */
const timestamps = fc.oneof(
  fc.integer({ min: 1_700_000_000_000, max: 1_700_000_010_000 }),
  fc.integer({ min: -1, max: 4_000_000_000_000 }),
)

export const plainRecord: fc.Arbitrary<PlainRecord> = fc.record({
  timestamp: timestamps,
  key: fc.option(bytes.map(hex)),
  value: fc.option(bytes.map(hex)),
  headers: fc.array(fc.tuple(fc.string({ maxLength: 8 }), fc.option(bytes.map(hex))), { maxLength: 3 }),
})

export function headersOf(record: PlainRecord): RecordHeaders {
  return RecordHeaders.from(record.headers.map(([name, value]) => [name, unhex(value)] as const))
}

export function unhex(text: string): Buffer
export function unhex(text: string | null): Buffer | null
export function unhex(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, 'hex')
}

/** The cursor's present record. */
export function plain(cursor: RecordCursor): PlainRecord {
  const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
  return {
    timestamp: cursor.timestamp,
    key: keyEnd < 0 ? null : buffer.toString('hex', keyStart, keyEnd),
    value: valueEnd < 0 ? null : buffer.toString('hex', valueStart, valueEnd),
    headers: Array.from(cursor.headers(), ([name, value]) => [name, value === null ? null : hex(value)]),
  }
}

export function readAll(cursor: RecordCursor): PlainRecord[] {
  const records: PlainRecord[] = []
  while (cursor.next()) records.push(plain(cursor))
  return records
}
