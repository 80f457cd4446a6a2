const leastSlots = 64

/**
 * Which keys lie in which bucket of time, by their hashes, as far as that is known: most look-ups are for what is not there,
 * and need not go to the database. Bounded: where memory runs out, the oldest buckets are forgotten.
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

  add(bucket: number, hash: number): void {
    if (bucket <= this.#unknown) return
    let hashes = this.#buckets.get(bucket)
    if (hashes === undefined) this.#buckets.set(bucket, (hashes = new Hashes()))
    const before = hashes.bytes
    hashes.add(hash)
    if (hashes.bytes === before) return
    this.#bytes += hashes.bytes - before
    while (this.#bytes > this.#maxBytes) this.#forgetOldest()
  }

  /** Forgets the buckets below. */
  drop(below: number): void {
    for (const [bucket, { bytes }] of this.#buckets) {
      if (bucket >= below) continue
      this.#buckets.delete(bucket)
      this.#bytes -= bytes
    }
    this.#unknown = Math.max(this.#unknown, below - 1)
  }

  /** About a quarter of the buckets, so that they are not sorted for each that is new. */
  #forgetOldest(): void {
    const buckets = [...this.#buckets.keys()].sort((a, b) => a - b)
    this.drop(buckets[buckets.length >> 2]! + 1)
  }
}

/** A set of integers: open addressing, 0 is free. */
class Hashes {
  #slots = new Int32Array(0)
  #count = 0

  get bytes(): number {
    return this.#slots.byteLength
  }

  has(hash: number): boolean {
    const slots = this.#slots
    return slots.length > 0 && slots[placeOf(slots, hash || 1)] !== 0
  }

  add(hash: number): void {
    if (this.#count * 2 >= this.#slots.length) {
      this.#slots = grown(this.#slots, Math.max(leastSlots, this.#slots.length * 2))
    }
    const slots = this.#slots
    const place = placeOf(slots, hash || 1)
    if (slots[place] !== 0) return
    slots[place] = hash || 1
    this.#count++
  }
}

function grown(former: Int32Array, length: number): Int32Array<ArrayBuffer> {
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
