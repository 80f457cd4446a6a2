import type { Serde } from './serde.js'
import { asBuffer } from './buffer.js'
import { cannotWrite, wrongLength } from './failure.js'

/** An IEEE 754 double, 8 bytes big-endian: Kafka's `DoubleSerializer`. NaN, the infinities and -0 included. */
export const float64: Serde<number> = {
  name: 'float64',
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
  if (typeof value !== 'number') throw cannotWrite('float64', value, 'a number')
  buffer.writeDoubleBE(value, offset)
  return 8
}

function read(buffer: Buffer, start: number, end: number): number {
  if (end - start !== 8) throw wrongLength('float64', 8, end - start)
  return buffer.readDoubleBE(start)
}
