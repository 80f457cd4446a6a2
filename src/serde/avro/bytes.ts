import { counted } from '../../errors.js'
import { asBuffer } from '../buffer.js'
import { base, invalid, type InvalidHook, type Tap } from './avsc.js'

/** `bytes` from any Uint8Array. */
export class AnyBytes extends base.BytesType {
  override _check(value: unknown, _flags: number, hook?: InvalidHook): boolean {
    return value instanceof Uint8Array || invalid(this, value, hook)
  }

  override _write(tap: Tap, value: unknown): void {
    if (!(value instanceof Uint8Array)) throw new Error('not bytes')
    tap.writeBytes(asBuffer(value))
  }
}

/** `fixed` from any Uint8Array of its size. */
export class AnyFixed extends base.FixedType {
  override _check(value: unknown, _flags: number, hook?: InvalidHook): boolean {
    return (value instanceof Uint8Array && value.length === this.size) || invalid(this, value, hook)
  }

  override _write(tap: Tap, value: unknown): void {
    if (!(value instanceof Uint8Array) || value.length !== this.size)
      throw new Error(`not ${counted(this.size, 'byte')}`)
    tap.writeFixed(asBuffer(value), this.size)
  }
}
