import { readInt64, writeInt64 } from '../serde/int64-bytes.js'
import { windowBytes } from '../serde/windowed.js'

// A window as bytes: its key, then `end` and `start` (int64 each), as `windowed` writes it. By time: for windows of one
// size `start` then key, for sessions `end`, `start`, key; so that a walk meets them in the order in which they close.

/** A window with the bytes of its key. */
export interface WindowBytes {
  readonly key: Buffer
  readonly start: number
  readonly end: number
}

export function readWindow(bytes: Buffer): WindowBytes {
  const suffix = bytes.length - windowBytes
  return { key: bytes.subarray(0, suffix), start: readInt64(bytes, suffix + 8), end: readInt64(bytes, suffix) }
}

export function writeWindow({ key, start, end }: WindowBytes): Buffer {
  const bytes = Buffer.allocUnsafe(key.length + windowBytes)
  bytes.set(key)
  writeInt64(end, bytes, key.length)
  writeInt64(start, bytes, key.length + 8)
  return bytes
}

/** Where a window stands in the order of time: that time, and what follows it. */
export function placeOf(time: number, rest: Buffer): Buffer {
  const place = Buffer.allocUnsafe(8 + rest.length)
  writeInt64(time, place, 0)
  place.set(rest, 8)
  return place
}

/** How the windows of a store lie in the order of time. */
export interface TimeLayout {
  /** What decides when a window closes and expires. */
  timeOf(window: { readonly start: number; readonly end: number }): number
  /** What follows the time. */
  restOf(window: WindowBytes): Buffer
  windowAt(time: number, rest: Buffer): WindowBytes
}

/** Windows of one size, by their start. */
export function byStart(size: number): TimeLayout {
  return {
    timeOf: ({ start }) => start,
    restOf: ({ key }) => key,
    windowAt: (start, key) => ({ key, start, end: Math.min(start + size, Number.MAX_SAFE_INTEGER) }),
  }
}

/** Sessions, by their end, then by their start. */
export const byEnd: TimeLayout = {
  timeOf: ({ end }) => end,
  restOf: ({ key, start }) => placeOf(start, key),
  windowAt: (end, rest) => ({ key: rest.subarray(8), start: readInt64(rest, 0), end }),
}
