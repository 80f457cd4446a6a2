import { base, type AvscType } from './avsc.js'

const min = -(2n ** 63n)
const max = 2n ** 63n - 1n

/** Avro's long as a bigint. */
export const bigintLong: AvscType = base.LongType.__with({
  toBuffer(value) {
    const buffer = Buffer.allocUnsafe(8)
    buffer.writeBigInt64LE(value as bigint)
    return buffer
  },
  fromBuffer: buffer => buffer.readBigInt64LE(),
  fromJSON: value => BigInt(value as number | string),
  toJSON: String,
  isValid: value => typeof value === 'bigint' && value >= min && value <= max,
  compare: (a, b) => ((a as bigint) < (b as bigint) ? -1 : (a as bigint) > (b as bigint) ? 1 : 0),
})
