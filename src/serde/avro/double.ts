import { base, type AvscType, type ResolverOptions } from './avsc.js'
import { isLong, longAsNumber } from './bigint.js'

/** Avro's double: avsc tells the sign of a long only after it has rounded it, and beyond 2^52 takes the wrong one. */
export class Double extends base.DoubleType {
  override _update(resolver: { _read: unknown }, writer: AvscType, opts: ResolverOptions): void {
    super._update(resolver, writer, opts)
    if (isLong(writer)) resolver._read = longAsNumber
  }
}
