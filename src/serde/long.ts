import type { Serde } from './serde.js'
import { asBuffer } from './buffer.js'
import { cannotRead, cannotWrite, wrongLength } from './failure.js'
import { readInt64, writeInt64 } from './int64-bytes.js'

/**
 * An integer of 64 bits as a number, 8 bytes big-endian: Kafka's `LongSerializer`. What lies beyond 2^53 − 1 is refused in
 * both directions, since a number cannot hold it; `int64` gives a bigint.
 */
export const long: Serde<number> = {
  name: 'long',
  serialize(value) {
    const bytes = Buffer.allocUnsafe(8)
    write(value, bytes, 0)
    return bytes
  },
  deserialize: bytes => read(asBuffer(bytes), 0, bytes.length),
  serializeInto: (value, buffer, offset) =>
    buffer.length - offset < 8 ? buffer.length - offset - 8 : write(value, buffer, offset),
  deserializeFrom: read,
}

function write(value: number, buffer: Buffer, offset: number): number {
  if (!Number.isSafeInteger(value))
    throw cannotWrite('long', value, 'an integer up to ±(2^53 − 1); int64 takes a bigint')
  writeInt64(value, buffer, offset)
  return 8
}

function read(buffer: Buffer, start: number, end: number): number {
  if (end - start !== 8) throw wrongLength('long', 8, end - start)
  const value = readInt64(buffer, start)
  if (!Number.isSafeInteger(value)) {
    throw cannotRead(
      'long',
      `${buffer.readBigInt64BE(start)}: it does not fit a number`,
      'use int64, which gives a bigint',
    )
  }
  return value
}
