import { asBuffer } from '../serde/buffer.js'
import { directReader } from '../serde/direct.js'
import type { Serde } from '../serde/serde.js'
import type { ChangeBytes } from '../store/key-value.js'

/**
 * A change under its key as this serde writes it, which is where a store looks for it. Somebody else may have written it in
 * another way that reads as the same: JSON with spaces, text that is no UTF-8.
 */
export function asWritten(change: ChangeBytes, serde: Serde<any>): ChangeBytes {
  const { buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp } = change
  if (serde.isExact?.(buffer, keyStart, keyEnd) === true) return change
  const key = written(serde, buffer, keyStart, keyEnd)
  if (key === undefined || buffer.compare(key, 0, key.length, keyStart, keyEnd) === 0) return change
  const value = valueEnd < 0 ? undefined : buffer.subarray(valueStart, valueEnd)
  const bytes = Buffer.concat(value === undefined ? [key] : [key, value])
  const end = value === undefined ? -1 : bytes.length
  return { buffer: bytes, keyStart: 0, keyEnd: key.length, valueStart: key.length, valueEnd: end, timestamp }
}

/** Nothing for what the serde does not read: it never was in the store under another key. */
function written(serde: Serde<any>, buffer: Buffer, start: number, end: number): Buffer | undefined {
  try {
    return asBuffer(serde.serialize(directReader(serde)(buffer, start, end)))
  } catch {
    return undefined
  }
}
