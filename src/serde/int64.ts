import type { Serde } from './serde.js'
import { asBuffer } from './buffer.js'
import { cannotWrite, wrongLength } from './failure.js'

const min = -(2n ** 63n)
const max = 2n ** 63n - 1n

/** An integer of 64 bits as a bigint, 8 bytes big-endian: Kafka's `LongSerializer`. */
export const int64: Serde<bigint> = {
  name: 'int64',
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

function fits(value: bigint): boolean {
  return typeof value === 'bigint' && value >= min && value <= max
}

function write(value: bigint, buffer: Buffer, offset: number): number {
  if (!fits(value)) throw cannotWrite('int64', value, 'a bigint of 64 bits; long takes a number')
  buffer.writeBigInt64BE(value, offset)
  return 8
}

function read(buffer: Buffer, start: number, end: number): bigint {
  if (end - start !== 8) throw wrongLength('int64', 8, end - start)
  return buffer.readBigInt64BE(start)
}
