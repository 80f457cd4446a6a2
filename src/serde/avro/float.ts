import { base, invalid, type AvscType, type InvalidHook, type ResolverOptions } from './avsc.js'
import { isLong, longAsNumber } from './bigint.js'

/** Avro's float: where a union asks for the branch that keeps a value as it is, only what 32 bits hold. */
export class Float extends base.FloatType {
  override _check(value: unknown, flags: number, hook?: InvalidHook): boolean {
    if (typeof value !== 'number') return invalid(this, value, hook)
    return flags === 0 || Object.is(Math.fround(value), value) || invalid(this, value, hook)
  }

  override _update(resolver: { _read: unknown }, writer: AvscType, opts: ResolverOptions): void {
    super._update(resolver, writer, opts)
    if (isLong(writer)) resolver._read = longAsNumber
  }
}
