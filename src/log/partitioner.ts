const seed = 0x9747b28c
const m = 0x5bd1e995

/**
 * murmur2 of `buffer[start, end)` as a signed 32-bit number: equal to Java's, so that records of one key meet whoever
 * wrote them. Source: `org.apache.kafka.common.utils.Utils.murmur2`.
 */
export function murmur2(buffer: Uint8Array, start: number, end: number): number {
  const length = end - start
  let h = seed ^ length
  let i = start
  for (const last = end - 3; i < last; i += 4) {
    let k = buffer[i]! | (buffer[i + 1]! << 8) | (buffer[i + 2]! << 16) | (buffer[i + 3]! << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    h = Math.imul(h, m) ^ Math.imul(k, m)
  }
  const rest = end - i
  if (rest > 2) h ^= buffer[i + 2]! << 16
  if (rest > 1) h ^= buffer[i + 1]! << 8
  if (rest > 0) h = Math.imul(h ^ buffer[i]!, m)
  h = Math.imul(h ^ (h >>> 13), m)
  return h ^ (h >>> 15)
}

/** The partition of a key, as Kafka's default partitioner chooses it: `toPositive(murmur2(key)) % partitions`. */
export function partitionOf(buffer: Uint8Array, start: number, end: number, partitions: number): number {
  return (murmur2(buffer, start, end) & 0x7fff_ffff) % partitions
}
