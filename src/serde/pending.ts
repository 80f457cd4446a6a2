import type { Serde } from './serde.js'
import { asBuffer } from './buffer.js'

// What waits in a join of streams. Key: side (0: right, 1: left), key, so that right sorts before left as in Kafka Streams'
// TimestampedKeyAndJoinSideSerializer. Value: side, then for each value its length (uint32) and bytes.

/** The side of a record and its key. */
export function pendingKey<K>(key: Serde<K>): Serde<{ readonly left: boolean; readonly key: K }> {
  return {
    name: `pending(${key.name ?? 'key'})`,
    serialize: ({ left, key: plain }) => Buffer.concat([Buffer.of(left ? 1 : 0), key.serialize(plain)]),
    deserialize: bytes => ({ left: bytes[0] === 1, key: key.deserialize(bytes.subarray(1)) }),
  }
}

/** Values of one side. */
export function pendingValues(
  left: Serde<any>,
  right: Serde<any>,
): Serde<{ readonly left: boolean; readonly values: readonly unknown[] }> {
  return {
    name: `pending(${left.name ?? 'value'}, ${right.name ?? 'value'})`,
    serialize(pending) {
      const serde = pending.left ? left : right
      const parts: Uint8Array[] = [Buffer.of(pending.left ? 1 : 0)]
      for (const value of pending.values) {
        const bytes = serde.serialize(value)
        const length = Buffer.allocUnsafe(4)
        length.writeUInt32BE(bytes.length)
        parts.push(length, bytes)
      }
      return Buffer.concat(parts)
    },
    deserialize(bytes) {
      const buffer = asBuffer(bytes)
      const isLeft = buffer[0] === 1
      const serde = isLeft ? left : right
      const values: unknown[] = []
      for (let at = 1; at < buffer.length;) {
        const start = at + 4
        at = start + buffer.readUInt32BE(start - 4)
        values.push(serde.deserialize(buffer.subarray(start, at)))
      }
      return { left: isLeft, values }
    },
  }
}
