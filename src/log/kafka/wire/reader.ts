/** Reads the protocol's types as `Writer` writes them. Out of bounds it throws a RangeError. */
export class WireReader {
  readonly buffer: Buffer
  position: number
  /** Milliseconds that the broker asks us to stay away (KIP-219); set by `throttle`. */
  throttleTime = 0

  constructor(buffer: Buffer, position: number = 0) {
    this.buffer = buffer
    this.position = position
  }

  throttle(): void {
    this.throttleTime = this.int32()
  }

  int8(): number {
    return this.buffer.readInt8(this.#step(1))
  }

  int16(): number {
    return this.buffer.readInt16BE(this.#step(2))
  }

  int32(): number {
    return this.buffer.readInt32BE(this.#step(4))
  }

  /** An offset or a timestamp; exact up to 2^53. */
  int64(): number {
    const at = this.#step(8)
    return this.buffer.readInt32BE(at) * 0x1_0000_0000 + this.buffer.readUInt32BE(at + 4)
  }

  bigint64(): bigint {
    return this.buffer.readBigInt64BE(this.#step(8))
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  string(): string {
    return this.nullableString() ?? ''
  }

  nullableString(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.#text(length)
  }

  /** A view into the answer; empty for null. */
  bytes(): Buffer {
    const length = this.int32()
    if (length < 0) return this.buffer.subarray(0, 0)
    const at = this.#step(length)
    return this.buffer.subarray(at, at + length)
  }

  /** Empty for null. */
  array<T>(read: () => T): T[] {
    return this.#list(this.int32(), read)
  }

  uvarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer.readUInt8(this.#step(1))
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new RangeError('a varint of more than 5 bytes')
  }

  compactString(): string {
    return this.compactNullableString() ?? ''
  }

  compactNullableString(): string | null {
    const length = this.uvarint() - 1
    return length < 0 ? null : this.#text(length)
  }

  compactArray<T>(read: () => T): T[] {
    return this.#list(this.uvarint() - 1, read)
  }

  /** 16 bytes as Kafka's tools print them: base64 with the URL alphabet. */
  uuid(): string {
    const at = this.#step(16)
    return this.buffer.toString('base64url', at, at + 16)
  }

  /** Passes over tagged fields: uvarint count, then tag, size and bytes of each. */
  tags(): void {
    for (let count = this.uvarint(); count > 0; count--) {
      this.uvarint()
      this.#step(this.uvarint())
    }
  }

  #list<T>(length: number, read: () => T): T[] {
    // Every element takes at least a byte, so a damaged length cannot fill the memory.
    if (length > this.buffer.length - this.position) throw new RangeError(`an array of ${length} elements`)
    const list: T[] = []
    for (let i = 0; i < length; i++) list.push(read())
    return list
  }

  #text(length: number): string {
    const at = this.#step(length)
    return this.buffer.toString('utf8', at, at + length)
  }

  #step(bytes: number): number {
    const at = this.position
    if (at + bytes > this.buffer.length) throw new RangeError(`${bytes} bytes at ${at} of ${this.buffer.length}`)
    this.position = at + bytes
    return at
  }
}
