import { readInt64, writeInt64 } from '../serde/int64-bytes.js'

// The bytes of a value in a state database: its timestamp (milliseconds, int64 big-endian), then the value's own bytes, as
// Kafka Streams' ValueAndTimestampSerializer writes them. A changelog record has the value alone and the timestamp as its own.

export const timestampBytes = 8

export function stamp(stored: Uint8Array, timestamp: number): void {
  writeInt64(timestamp, stored, 0)
}

export function timestampOf(stored: Uint8Array): number {
  return readInt64(stored, 0)
}
