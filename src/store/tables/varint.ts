/** Writes a whole number up to 2^53 − 1 in groups of seven bits, the lowest first; answers the position after it. */
export function writeVarint(bytes: Uint8Array, position: number, value: number): number {
  while (value > 127) {
    bytes[position++] = (value & 127) | 128
    value = value < 0x80000000 ? value >>> 7 : Math.floor(value / 128)
  }
  bytes[position++] = value
  return position
}

/** What LevelDB makes of a CRC-32C before it keeps it: a checksum of bytes that hold checksums tells little. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
