import { murmur2 } from './partitioner.js'

/**
 * The partition of a key by rendezvous hashing (highest random weight): each partition draws a weight for the key, and the
 * highest one gets it. A further partition wins its share of the keys, evenly from all the others, and no other key moves.
 * Costs a few operations per partition.
 *
 * Source: D. Thaler, C. Ravishankar, "Using name-based mappings to increase hit rates" (1998). The weights are the 32-bit
 * finalizer of MurmurHash3 over the murmur2 of the key and a number of the partition's own; both are bijective, so no two
 * partitions ever draw the same.
 */
export function rendezvousOf(buffer: Uint8Array, start: number, end: number, partitions: number): number {
  const hash = murmur2(buffer, start, end)
  const own = partitions <= numbers.length ? numbers : numbersOf(partitions)
  let best = 0
  let highest = -1
  for (let i = 0; i < partitions; i++) {
    const weight = mix(hash ^ own[i]!) >>> 0
    if (weight <= highest) continue
    highest = weight
    best = i
  }
  return best
}

/** What a partition's weights begin with: any number will do, as long as it is never another. */
let numbers = new Int32Array(0)

function numbersOf(partitions: number): Int32Array {
  const from = numbers.length
  numbers = Int32Array.from({ length: Math.max(64, partitions) }, (_, i) =>
    i < from ? numbers[i]! : mix(Math.imul(i + 1, goldenRatio)),
  )
  return numbers
}

/** 2³² divided by the golden ratio: consecutive multiples lie far apart. */
const goldenRatio = 0x9e37_79b9

/** MurmurHash3's `fmix32`. */
function mix(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35)
  return h ^ (h >>> 16)
}
