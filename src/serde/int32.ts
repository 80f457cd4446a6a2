import type { Serde } from './serde.js'
import { cannotWrite, wrongLength } from './failure.js'
import { asBuffer } from './buffer.js'
import { withOwn } from './own.js'

/** An integer of 32 bits, 4 bytes big-endian: Kafka's `IntegerSerializer`. */
export const int32: Serde<number> = withOwn(
  {
    name: 'int32',
    serialize(value) {
      const bytes = Buffer.allocUnsafe(4)
      write(value, bytes, 0)
      return bytes
    },
    deserialize: bytes => read(asBuffer(bytes), 0, bytes.length),
    serializeInto: (value, buffer, offset) =>
      buffer.length - offset < 4 ? buffer.length - offset - 4 : write(value, buffer, offset),
    deserializeFrom: read,
  },
  { isExact: (_, start, end) => end - start === 4 },
)

function write(value: number, buffer: Buffer, offset: number): number {
  if (typeof value !== 'number' || (value | 0) !== value)
    throw cannotWrite('int32', value, 'an integer from -2147483648 to 2147483647')
  buffer[offset] = value >>> 24
  buffer[offset + 1] = value >>> 16
  buffer[offset + 2] = value >>> 8
  buffer[offset + 3] = value
  return 4
}

function read(buffer: Buffer, start: number, end: number): number {
  if (end - start !== 4) throw wrongLength('int32', 4, end - start)
  return (buffer[start]! << 24) | (buffer[start + 1]! << 16) | (buffer[start + 2]! << 8) | buffer[start + 3]!
}
