/** Where a block lies: the number of its segment above, its place in the segment below. */
export type Address = number

const leastShift = 11
const mostShift = 20

interface Segment {
  readonly buffer: Buffer
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
  /** The buffer of a segment that was freed last: most likely the next one's. */
  #spare: Buffer | undefined

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

  /** Loads the beginning of a block, if it is there. */
  load(address: Address): number {
    const segment = this.#segments[address >>> this.#shift]
    return segment === undefined ? 0 : segment.buffer[(address & this.#mask) + 16]!
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
    const buffer = usual && this.#spare !== undefined ? this.#spare : Buffer.allocUnsafeSlow(length)
    if (usual) this.#spare = undefined
    const number = this.#unused.pop() ?? this.#segments.length
    this.#segments[number] = { buffer, used: 0 }
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
  freeOldest(visit: (buffer: Buffer, used: number, address: Address) => void): boolean {
    const number = this.#order.shift()
    if (number === undefined) return false
    const { buffer, used } = this.#segments[number]!
    visit(buffer, used, number * (this.#mask + 1))
    this.bytes -= buffer.length
    this.#segments[number] = undefined
    this.#unused.push(number)
    if (buffer.length === this.size) this.#spare = buffer
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
