/** Where a block lies: the number of its segment above, its place in the segment below. */
export type Address = number

/** Blocks that are loaded together: about as many as a processor loads at once. */
export const warmedAtOnce = 32

const leastShift = 11
const mostShift = 20

export interface Segment {
  readonly buffer: Buffer
  /** The same bytes as integers. */
  readonly ints: Int32Array
  /** Bytes that are written. */
  used: number
}

/**
 * Blocks of bytes, written one after the other into segments of equal size, and freed a segment at a time, the oldest
 * first. A block that is too large for a segment has one of its own.
 */
export class Segments {
  /** Bytes of all segments in use. */
  bytes = 0
  readonly #shift: number
  readonly #mask: number
  readonly #segments: (Segment | undefined)[] = []
  /** Numbers in use, the oldest first; the last one is written to. */
  readonly #order: number[] = []
  readonly #unused: number[] = []
  /** The segment that was freed last: most likely the next one. */
  #spare: Segment | undefined

  /** @param bytes about how large a segment is to be */
  constructor(bytes: number) {
    this.#shift = Math.min(Math.max(Math.floor(Math.log2(bytes)), leastShift), mostShift)
    this.#mask = 2 ** this.#shift - 1
  }

  /** Bytes of a segment. */
  get size(): number {
    return this.#mask + 1
  }

  buffer(address: Address): Buffer {
    return this.#segments[address >>> this.#shift]!.buffer
  }

  /** The buffer's bytes as integers: a block begins at `place` of its address. */
  ints(address: Address): Int32Array {
    return this.#segments[address >>> this.#shift]!.ints
  }

  place(address: Address): number {
    return (address & this.#mask) >> 2
  }

  /** Loads the beginning of a block, and what is a little behind it, if it is there. */
  load(address: Address): number {
    const segment = this.#segments[address >>> this.#shift]
    if (segment === undefined) return 0
    // A small block is in two lines of the processor's cache.
    return segment.buffer[address & this.#mask]! + segment.buffer[(address + 56) & this.#mask]!
  }

  /** Where in its buffer a block begins. */
  offset(address: Address): number {
    return address & this.#mask
  }

  /** Whether the segment that is written to has room. */
  fits(size: number): boolean {
    const head = this.#order.at(-1)
    if (head === undefined) return false
    const { buffer, used } = this.#segments[head]!
    return used + size <= buffer.length && used <= this.#mask
  }

  /** A new segment to write to, with room for `size` bytes. */
  open(size: number): void {
    const length = Math.max(size, this.size)
    const usual = length === this.size
    const segment = usual && this.#spare !== undefined ? this.#spare : segmentOf(length)
    if (usual) this.#spare = undefined
    segment.used = 0
    const number = this.#unused.pop() ?? this.#segments.length
    this.#segments[number] = segment
    this.#order.push(number)
    this.bytes += length
  }

  /** Takes `size` bytes of the segment that is written to, which must fit. */
  take(size: number): Address {
    const head = this.#order.at(-1)!
    const segment = this.#segments[head]!
    const address = head * (this.#mask + 1) + segment.used
    segment.used += size
    return address
  }

  /**
   * Frees the oldest segment, after `visit` was told where it lies and how much of it is written: what is to stay has to be
   * copied out meanwhile. Answers whether there was one.
   */
  freeOldest(visit: (segment: Segment, address: Address) => void): boolean {
    const number = this.#order.shift()
    if (number === undefined) return false
    const segment = this.#segments[number]!
    visit(segment, number * (this.#mask + 1))
    this.bytes -= segment.buffer.length
    this.#segments[number] = undefined
    this.#unused.push(number)
    if (segment.buffer.length === this.size) this.#spare = segment
    return true
  }

  clear(): void {
    this.#segments.length = 0
    this.#order.length = 0
    this.#unused.length = 0
    this.#spare = undefined
    this.bytes = 0
  }
}

function segmentOf(length: number): Segment {
  const buffer = Buffer.allocUnsafeSlow(length)
  return { buffer, ints: new Int32Array(buffer.buffer, 0, length >> 2), used: 0 }
}
