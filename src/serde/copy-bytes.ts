/** Below this a loop beats the call into the runtime that `set` is. */
const smallCopy = 64

/** Copies `from[start, end)` to `to` at `position`; answers the position after it. The two must not overlap. */
export function copyBytes(to: Uint8Array, position: number, from: Uint8Array, start: number, end: number): number {
  if (end - start < smallCopy) for (let i = start; i < end; i++) to[position++] = from[i]!
  else {
    to.set(start === 0 && end === from.length ? from : from.subarray(start, end), position)
    position += end - start
  }
  return position
}
