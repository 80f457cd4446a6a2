/**
 * Zigzag varints as in Protocol Buffers and Kafka's `ByteUtils`: the sign in the lowest bit, then 7 bits per byte, low
 * ones first, the top bit set on all bytes but the last. Written in minimal length.
 */

/** Bytes that a 32-bit integer takes. */
export function varintSize(value: number): number {
  const z = ((value << 1) ^ (value >> 31)) >>> 0
  return z < 0x80 ? 1 : z < 0x4000 ? 2 : z < 0x20_0000 ? 3 : z < 0x1000_0000 ? 4 : 5
}

/** Writes a 32-bit integer; answers the position after it. */
export function writeVarint(buffer: Uint8Array, position: number, value: number): number {
  let z = ((value << 1) ^ (value >> 31)) >>> 0
  while (z > 0x7f) {
    buffer[position++] = (z & 0x7f) | 0x80
    z >>>= 7
  }
  buffer[position++] = z
  return position
}

/** Writes an integer of at most 53 bits; answers the position after it. */
export function writeVarlong(buffer: Uint8Array, position: number, value: number): number {
  if ((value | 0) === value) return writeVarint(buffer, position, value)
  // Beyond 32 bits arithmetic stands in for shifts. Zigzag of a negative v is 2(-v - 1) + 1.
  const magnitude = value < 0 ? -value - 1 : value
  let byte = (magnitude % 64) * 2 + (value < 0 ? 1 : 0)
  let rest = Math.floor(magnitude / 64)
  while (rest > 0) {
    buffer[position++] = byte | 0x80
    byte = rest % 128
    rest = Math.floor(rest / 128)
  }
  buffer[position++] = byte
  return position
}
