// A Bloom filter of ten bits a key, as LevelDB makes and reads it (util/bloom.cc, util/hash.cc of LevelDB 1.20).

const bitsPerKey = 10
const probes = 6

/** The hash by which a key is found in a filter. */
export function bloomHash(bytes: Uint8Array, start: number, end: number): number {
  const m = 0xc6a4a793
  let h = 0xbc9f1d34 ^ Math.imul(end - start, m)
  let at = start
  for (; at + 4 <= end; at += 4) {
    h = (h + (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))) | 0
    h = Math.imul(h, m)
    h ^= h >>> 16
  }
  if (at < end) {
    let rest = bytes[at]!
    if (at + 1 < end) rest += bytes[at + 1]! << 8
    if (at + 2 < end) rest += bytes[at + 2]! << 16
    h = Math.imul((h + rest) | 0, m)
    h ^= h >>> 24
  }
  return h >>> 0
}

/** Bytes of a filter of so many keys. */
export function bloomBytes(keys: number): number {
  return ((Math.max(keys * bitsPerKey, 64) + 7) >>> 3) + 1
}

/** Writes the filter of `hashes[from, to)`; answers the position after it. */
export function writeBloom(bytes: Uint8Array, position: number, hashes: Uint32Array, from: number, to: number): number {
  const end = position + bloomBytes(to - from)
  bytes.fill(0, position, end)
  // Known to be whole and below 2^32, so is the remainder.
  const bits = ((end - position - 1) * 8) >>> 0
  for (let n = from; n < to; n++) {
    let h = hashes[n]!
    const delta = ((h >>> 17) | (h << 15)) >>> 0
    for (let probe = 0; probe < probes; probe++) {
      const bit = h % bits
      bytes[position + (bit >>> 3)]! |= 1 << (bit & 7)
      h = (h + delta) >>> 0
    }
  }
  bytes[end - 1] = probes
  return end
}
