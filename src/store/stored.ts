import { readInt64, writeInt64 } from '../serde/int64-bytes.js'

// The bytes of a value in a state database: its timestamp (milliseconds, int64 big-endian), then the value's own bytes, as
// Kafka Streams' ValueAndTimestampSerializer writes them. A changelog record has the value alone and the timestamp as its own.

export const timestampBytes = 8

export function stamp(buffer: Uint8Array, offset: number, timestamp: number): void {
  writeInt64(timestamp, buffer, offset)
}

export function timestampOf(buffer: Uint8Array, offset: number): number {
  return readInt64(buffer, offset)
}
