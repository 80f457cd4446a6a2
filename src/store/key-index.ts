/** Says whether an id is that of a key. */
export interface KeyOwner {
  isKey(id: number, buffer: Uint8Array, start: number, end: number): boolean
}

const initialPlaces = 64
/** Of 8 places at most so many are taken: linear probing slows down steeply beyond. */
const fullEighths = 6

/**
 * From the bytes of keys to small numbers, ids: a hash table with linear probing in one array of integers. A place is a
 * hash and an id + 1, 0 where it is free. The keys lie with their owner.
 */
export class KeyIndex {
  readonly #owner: KeyOwner
  #places = new Int32Array(2 * initialPlaces)
  #mask = initialPlaces - 1
  #count = 0

  constructor(owner: KeyOwner) {
    this.#owner = owner
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#places.byteLength
  }

  /** The id of the key in `buffer[start, end)`, whose hash is given; -1 where there is none. */
  find(hash: number, buffer: Uint8Array, start: number, end: number): number {
    const places = this.#places
    const mask = this.#mask
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const id = places[2 * at + 1]! - 1
      if (id < 0) return -1
      if (places[2 * at] === hash && this.#owner.isKey(id, buffer, start, end)) return id
    }
  }

  /** The id that a key of this hash most likely has, the key not looked at; -1 where there is none at its first place. */
  likely(hash: number): number {
    return this.#places[2 * (hash & this.#mask) + 1]! - 1
  }

  /** The key must not be here yet. */
  add(hash: number, id: number): void {
    if (++this.#count * 8 > (this.#mask + 1) * fullEighths) this.#grow()
    this.#put(hash, id)
  }

  /** The id must be here. */
  remove(hash: number, id: number): void {
    const places = this.#places
    const mask = this.#mask
    let hole = hash & mask
    while (places[2 * hole + 1] !== id + 1) hole = (hole + 1) & mask
    // What was pushed past the hole moves back into it, so that no search ends too early.
    for (let at = (hole + 1) & mask; places[2 * at + 1] !== 0; at = (at + 1) & mask) {
      const home = places[2 * at]! & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      places[2 * hole] = places[2 * at]!
      places[2 * hole + 1] = places[2 * at + 1]!
      hole = at
    }
    places[2 * hole + 1] = 0
    this.#count--
  }

  clear(): void {
    this.#places = new Int32Array(2 * initialPlaces)
    this.#mask = initialPlaces - 1
    this.#count = 0
  }

  #put(hash: number, id: number): void {
    const places = this.#places
    const mask = this.#mask
    let at = hash & mask
    while (places[2 * at + 1] !== 0) at = (at + 1) & mask
    places[2 * at] = hash
    places[2 * at + 1] = id + 1
  }

  #grow(): void {
    const former = this.#places
    this.#places = new Int32Array(former.length * 2)
    this.#mask = this.#mask * 2 + 1
    for (let at = 0; at < former.length; at += 2) {
      if (former[at + 1] !== 0) this.#put(former[at]!, former[at + 1]! - 1)
    }
  }
}

/** FNV-1a over `buffer[start, end)`, with its bits mixed so that the low ones depend on all. */
export function hashOf(buffer: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ buffer[i]!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return hash ^ (hash >>> 13)
}
