import { base, invalid, type InvalidHook, type Tap } from './avsc.js'
import { hasFields } from './record.js'

// Arrays and maps come in blocks that begin with a count. avsc believes it; bytes of another format would then make the
// reader loop for as long as the count says.

/** A block may promise any number of items; those that take no bytes (null, an empty record) are believed up to here. */
const maxEmptyItems = 1_000_000

/** The number of items in the next block of an array or map; 0 ends it. */
function blockSize(tap: Tap): number {
  const count = tap.readLong()
  if (count < 0) tap.skipLong() // the size of the block in bytes
  const items = Math.abs(count)
  if (items > tap.buf.length - tap.pos && items > maxEmptyItems)
    throw new Error(`a block of ${items} items does not fit its bytes`)
  return items
}

function checkEnd(tap: Tap): void {
  if (tap.pos > tap.buf.length) throw new Error('the bytes end within an array or map')
}

export class BoundedArray extends base.ArrayType {
  override _read(tap: Tap): unknown[] {
    const items = this.itemsType
    const values: unknown[] = []
    for (let n = blockSize(tap); n > 0; n = blockSize(tap)) {
      for (let i = 0; i < n; i++) {
        values.push(items._read(tap))
        checkEnd(tap)
      }
    }
    return values
  }

  override _skip(tap: Tap): void {
    const items = this.itemsType
    for (let n = blockSize(tap); n > 0; n = blockSize(tap)) {
      for (let i = 0; i < n; i++) {
        items._skip(tap)
        checkEnd(tap)
      }
    }
  }
}

export class BoundedMap extends base.MapType {
  override _check(value: unknown, flags: number, hook?: InvalidHook, path?: string[]): boolean {
    return hasFields(value) ? super._check(value, flags, hook, path) : invalid(this, value, hook)
  }

  override _read(tap: Tap): Record<string, unknown> {
    const type = this.valuesType
    const values: Record<string, unknown> = {}
    for (let n = blockSize(tap); n > 0; n = blockSize(tap)) {
      for (let i = 0; i < n; i++) {
        const key = tap.readString()
        const value = type._read(tap)
        checkEnd(tap)
        if (key === '__proto__')
          Object.defineProperty(values, key, { value, enumerable: true, configurable: true, writable: true })
        else values[key] = value
      }
    }
    return values
  }

  override _write(tap: Tap, value: unknown): void {
    if (!hasFields(value)) throw new Error('no map')
    super._write(tap, value)
  }

  override _skip(tap: Tap): void {
    const type = this.valuesType
    for (let n = blockSize(tap); n > 0; n = blockSize(tap)) {
      for (let i = 0; i < n; i++) {
        tap.skipString()
        type._skip(tap)
        checkEnd(tap)
      }
    }
  }
}
