import { SluiceError } from '../errors.js'
import { asBuffer } from '../serde/buffer.js'
import { writeInt64 } from '../serde/int64-bytes.js'
import { isWindowed, type WindowKey } from '../serde/windowed.js'
import { checkAllHere, placesOf } from './key-places.js'
import type { StoreAccess } from './store-reader.js'

const timestampBytes = 8
const windowBytes = 16

/** The windows of a key: a walk over the bytes that begin with the key, and end with `end` and `start`. */
export async function* fetchWindows<K, V>(
  access: StoreAccess<K, V>,
  plain: unknown,
  from: number | Date = 0,
  to: number | Date = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<[K, V]> {
  const { name, key, value, sessions } = access
  if (!isWindowed(key)) {
    throw new SluiceError('UNSUPPORTED', `the keys of store "${name}" are no windows`, {
      place: { store: name },
      hint: 'use get, range or all',
    })
  }
  const bytes = asBuffer(key.plain.serialize(plain))
  const range = { gte: bound(bytes, Number(from)), lt: Buffer.concat([bytes, Buffer.alloc(windowBytes, 0xff)]) }
  let none = true
  for (const store of placesOf(access, bytes, bytes.length)) {
    for await (const [found, stored] of store.entries(range)) {
      // Longer keys that begin with the same bytes lie in between.
      if (found.length !== bytes.length + windowBytes) continue
      none = false
      const window = key.deserialize(found) as WindowKey<unknown>
      const first = sessions === true ? window.end : window.start
      if (first < Number(from) || window.start > Number(to)) continue
      yield [window as K, value.deserialize(stored.subarray(timestampBytes))]
    }
    if (!none) return
  }
  checkAllHere(access)
}

/** No window of the key that ends before `end` lies behind it. */
function bound(key: Buffer, end: number): Buffer {
  const bytes = Buffer.allocUnsafe(key.length + 8)
  bytes.set(key)
  writeInt64(end, bytes, key.length)
  return bytes
}
