import { base, invalid, type InvalidHook, type Tap } from './avsc.js'

/** Avro's enum: avsc's own takes what every object has, such as `'constructor'`, for its first symbol, and lists of one symbol. */
export class Enum extends base.EnumType {
  /** The place of each symbol, which avsc fills in. */
  set _indices(_: object) {
    Object.defineProperty(this, '_indices', { value: Object.create(null) })
  }

  override _check(value: unknown, flags: number, hook?: InvalidHook): boolean {
    return typeof value === 'string' ? super._check(value, flags, hook) : invalid(this, value, hook)
  }

  override _write(tap: Tap, value: unknown): void {
    if (typeof value !== 'string') throw new Error('no symbol')
    super._write(tap, value)
  }
}
