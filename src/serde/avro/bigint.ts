import { base, type AvscType, type Tap } from './avsc.js'

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

/** Whether a type is Avro's long; one that is a bigint has a name of its own. */
export function isLong({ typeName }: AvscType): boolean {
  return typeName === 'long' || typeName === 'abstract:long'
}

/** The number next to a long. */
export function longAsNumber(tap: Tap): number {
  return Number(bigintLong._read(tap))
}
