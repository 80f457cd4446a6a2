import { SluiceError } from '../errors.js'
import { asBuffer } from '../serde/buffer.js'
import { writeInt64 } from '../serde/int64-bytes.js'
import type { Serde } from '../serde/serde.js'
import { isWindowed, windowBytes, type WindowedSerde, type WindowKey } from '../serde/windowed.js'
import { timestampBytes } from '../store/stored.js'
import { checkAllHere, placesOf } from './key-places.js'
import type { StoreAccess } from './store-reader.js'

/** The windows of a key: a walk over the bytes that begin with the key, and end with `end` and `start`. */
export async function* fetchWindows<K, V>(
  access: StoreAccess<K, V>,
  plain: unknown,
  from: number | Date = 0,
  to: number | Date = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<[K, V]> {
  const { name, key, value, sessions } = access
  const windows = windowsOf(name, key)
  const [earliest, latest] = [timeOf(from, 'from'), timeOf(to, 'to')]
  const bytes = asBuffer(windows.plain.serialize(plain))
  const range = { gte: bound(bytes, earliest), lt: Buffer.concat([bytes, Buffer.alloc(windowBytes, 0xff)]) }
  // Longer keys that begin with the same bytes lie in between.
  const isWindow = (found: Uint8Array): boolean => found.length === bytes.length + windowBytes
  const places = placesOf(access, bytes, bytes.length)
  for (const store of places) {
    let none = true
    for await (const [found, stored] of store.entries(range)) {
      if (!isWindow(found)) continue
      none = false
      const window = key.deserialize(found) as WindowKey<unknown>
      const first = sessions === true ? window.end : window.start
      if (first < earliest || window.start > latest) continue
      yield [window as K, value.deserialize(stored.subarray(timestampBytes))]
    }
    if (!none) return
  }
  // One that has its windows before that time is here all the same.
  for (const store of places) {
    for await (const [found] of store.entries({ gte: bytes, lt: range.gte })) if (isWindow(found)) return
  }
  checkAllHere(access)
}

/** The serde of a store's keys, which are windows. @throws SluiceError UNSUPPORTED where they are none */
export function windowsOf(store: string, key: Serde<any>): WindowedSerde<any> {
  if (isWindowed(key)) return key
  throw new SluiceError('UNSUPPORTED', `the keys of store "${store}" are no windows`, {
    place: { store },
    hint: 'use get, range or all',
  })
}

/** @throws SluiceError BAD_ARGUMENT */
function timeOf(time: number | Date, what: string): number {
  const ms = Number(time)
  if (!Number.isNaN(ms)) return ms
  throw new SluiceError('BAD_ARGUMENT', `fetch: ${what} is no time`, {
    hint: 'give milliseconds since 1970, or a valid Date',
  })
}

/** No window of the key that ends before `end` lies behind it. */
function bound(key: Buffer, end: number): Buffer {
  const bytes = Buffer.allocUnsafe(key.length + 8)
  bytes.set(key)
  // Before 1970 there is nothing, and a negative int64 sorts behind all others.
  writeInt64(Math.min(Math.max(Math.floor(end), 0), Number.MAX_SAFE_INTEGER), bytes, key.length)
  return bytes
}
