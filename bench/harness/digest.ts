import type { Entry } from './workload.js'

/** A multiset of entries in a few bytes: their number, and the sums of two hashes of each. */
export interface Digest {
  readonly entries: number
  readonly sums: string
}

// FNV-1a over the UTF-16 units of `key TAB value`, from two offsets (bench/kafka-streams/Digest.java does the same).
const offsets = [0x811c9dc5, 0x050c5d1f] as const
const prime = 0x01000193

/** The digest of entries in any order. */
export function digest(entries: Iterable<Entry>): Digest {
  let count = 0
  let first = 0
  let second = 0
  for (const [key, value] of entries) {
    const line = `${key}\t${value}`
    let a: number = offsets[0]
    let b: number = offsets[1]
    for (let i = 0; i < line.length; i++) {
      const unit = line.charCodeAt(i)
      a = Math.imul(a ^ unit, prime)
      b = Math.imul(b ^ unit, prime)
    }
    count++
    first = (first + a) >>> 0
    second = (second + b) >>> 0
  }
  return { entries: count, sums: `${first.toString(16)}-${second.toString(16)}` }
}
