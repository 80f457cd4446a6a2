const leastSlots = 64

/**
 * Which keys lie in which bucket of time, by their hashes, as far as that is known: most look-ups are for what is not there,
 * and need not go to the database. Bounded: a bucket that would take too much memory is not kept track of.
 */
export class BucketKeys {
  readonly #maxBytes: number
  #bytes = 0
  readonly #buckets = new Map<number, Hashes>()
  /** Of buckets up to this one nothing is known. */
  #unknown: number

  /** @param unknown buckets up to this one may hold anything */
  constructor(maxBytes: number, unknown: number) {
    this.#maxBytes = maxBytes
    this.#unknown = unknown
  }

  /** Never wrongly false. */
  mayHold(bucket: number, hash: number): boolean {
    return bucket <= this.#unknown || this.#buckets.get(bucket)?.has(hash) === true
  }

  /** Whether it is known what the bucket holds: then `mayHold` is wrong only where hashes are equal by chance. */
  knows(bucket: number): boolean {
    return bucket > this.#unknown && this.#buckets.get(bucket)?.isForgotten !== true
  }

  add(bucket: number, hash: number): void {
    if (bucket <= this.#unknown) return
    let hashes = this.#buckets.get(bucket)
    if (hashes === undefined) this.#buckets.set(bucket, (hashes = new Hashes()))
    const before = hashes.bytes
    hashes.add(hash, this.#maxBytes - this.#bytes)
    this.#bytes += hashes.bytes - before
  }

  /** Forgets the buckets below. What lies in them is expired, and is not asked for. */
  drop(below: number): void {
    for (const [bucket, { bytes }] of this.#buckets) {
      if (bucket >= below) continue
      this.#buckets.delete(bucket)
      this.#bytes -= bytes
    }
    this.#unknown = Math.max(this.#unknown, below - 1)
  }
}

/** A set of integers: open addressing, 0 is free. Without slots it holds everything. */
class Hashes {
  #slots: Int32Array | undefined = new Int32Array(0)
  #count = 0

  get bytes(): number {
    return this.#slots?.byteLength ?? 0
  }

  /** There was no room for it: it is not kept track of. */
  get isForgotten(): boolean {
    return this.#slots === undefined
  }

  has(hash: number): boolean {
    const slots = this.#slots
    if (slots === undefined) return true
    return slots.length > 0 && slots[placeOf(slots, hash || 1)] !== 0
  }

  /** @param room by how many bytes it may grow */
  add(hash: number, room: number): void {
    let slots = this.#slots
    if (slots === undefined) return
    if (this.#count * 2 >= slots.length) {
      const length = Math.max(leastSlots, slots.length * 2)
      slots = (length - slots.length) * 4 > room ? undefined : grown(slots, length)
      this.#slots = slots
      if (slots === undefined) return
    }
    const place = placeOf(slots, hash || 1)
    if (slots[place] !== 0) return
    slots[place] = hash || 1
    this.#count++
  }
}

function grown(former: Int32Array, length: number): Int32Array {
  const slots = new Int32Array(length)
  for (const hash of former) if (hash !== 0) slots[placeOf(slots, hash)] = hash
  return slots
}

/** Where the hash lies, or would. */
function placeOf(slots: Int32Array, hash: number): number {
  const mask = slots.length - 1
  let at = hash & mask
  while (slots[at] !== 0 && slots[at] !== hash) at = (at + 1) & mask
  return at
}
