import { base, type Tap } from './avsc.js'

/** Avro's int: avsc's own reads any long. */
export class Int extends base.IntType {
  override _read(tap: Tap): number {
    const value = tap.readLong()
    if (value !== (value | 0)) throw new Error(`${value} is no int, which has 32 bits`)
    return value
  }
}
