const two32 = 0x1_0000_0000

/** Writes a safe integer as int64, 8 bytes big-endian (two's complement), without a BigInt. */
export function writeInt64(value: number, buffer: Uint8Array, offset: number): void {
  const low = value >>> 0
  const high = Math.floor((value - low) / two32)
  buffer[offset] = high >>> 24
  buffer[offset + 1] = high >>> 16
  buffer[offset + 2] = high >>> 8
  buffer[offset + 3] = high
  buffer[offset + 4] = low >>> 24
  buffer[offset + 5] = low >>> 16
  buffer[offset + 6] = low >>> 8
  buffer[offset + 7] = low
}

/** The int64 at `offset` as a number; beyond 2^53 it is rounded, which `Number.isSafeInteger` tells. */
export function readInt64(buffer: Uint8Array, offset: number): number {
  const high = (buffer[offset]! << 24) | (buffer[offset + 1]! << 16) | (buffer[offset + 2]! << 8) | buffer[offset + 3]!
  const low =
    (buffer[offset + 4]! << 24) | (buffer[offset + 5]! << 16) | (buffer[offset + 6]! << 8) | buffer[offset + 7]!
  return high * two32 + (low >>> 0)
}

/** A safe integer as the bytes of an int64. */
export function int64Bytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  writeInt64(value, bytes, 0)
  return bytes
}
