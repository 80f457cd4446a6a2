import { base, invalid, type InvalidHook, type Tap } from './avsc.js'

/** Avro's int: avsc's own reads any long, and throws where it is asked whether it takes a bigint. */
export class Int extends base.IntType {
  override _check(value: unknown, flags: number, hook?: InvalidHook): boolean {
    return (isInt(value) && keepsZero(value, flags)) || invalid(this, value, hook)
  }

  override _read(tap: Tap): number {
    const value = tap.readLong()
    if (!isInt(value)) throw new Error(`${value} is no int, which has 32 bits`)
    return value
  }
}

/** Where a union asks for the branch that keeps a value as it is, -0 is none of the integers. */
export function keepsZero(value: unknown, flags: number): boolean {
  return flags === 0 || !Object.is(value, -0)
}

function isInt(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value
}
