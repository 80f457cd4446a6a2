import { base, invalid, type InvalidHook } from './avsc.js'

/** Avro's float: where a union asks for the branch that keeps a value as it is, only what 32 bits hold. */
export class Float extends base.FloatType {
  override _check(value: unknown, flags: number, hook?: InvalidHook): boolean {
    if (typeof value !== 'number') return invalid(this, value, hook)
    return flags === 0 || Object.is(Math.fround(value), value) || invalid(this, value, hook)
  }
}
