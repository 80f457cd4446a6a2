import { base, invalid, type InvalidHook, type Tap } from './avsc.js'
import { keepsZero } from './int.js'

/** A long of 64 bits takes this many bytes at most. */
const maxBytes = 10

/**
 * Avro's long as a number, exact as far as a number is: up to ±(2^53 − 1), an error beyond. (avsc's own doubles the value
 * before it takes it apart, and is wrong from 2^52 on.)
 */
export class NumberLong extends base.LongType {
  override _check(value: unknown, flags: number, hook?: InvalidHook): boolean {
    return (Number.isSafeInteger(value) && keepsZero(value, flags)) || invalid(this, value, hook)
  }

  /** Zigzag: twice the value, or twice its complement plus one, in groups of 7 bits, the lowest first. */
  override _read(tap: Tap): number {
    const { buf } = tap
    const end = tap.pos + maxBytes
    let byte = buf[tap.pos++]!
    const negative = (byte & 1) === 1
    let value = (byte & 0x7f) >> 1
    for (let unit = 64; (byte & 0x80) !== 0; unit *= 128) {
      if (tap.pos === end) throw new Error('a long of more than 10 bytes')
      byte = buf[tap.pos++]!
      value += (byte & 0x7f) * unit
    }
    if (value > Number.MAX_SAFE_INTEGER - (negative ? 1 : 0)) {
      throw new Error("a long beyond 2^53, which a number cannot hold: { long: 'bigint' } can")
    }
    return negative ? -value - 1 : value
  }

  override _write(tap: Tap, value: unknown): void {
    if (!Number.isSafeInteger(value)) throw new Error('not a safe integer')
    const { buf } = tap
    const negative = (value as number) < 0
    let rest = negative ? -((value as number) + 1) : (value as number)
    let byte = (rest % 64) * 2 + (negative ? 1 : 0)
    rest = Math.floor(rest / 64)
    while (rest > 0) {
      buf[tap.pos++] = byte | 0x80
      byte = rest % 128
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 128)
    }
    buf[tap.pos++] = byte
  }
}
