const initialBytes = 512

/**
 * Writes the protocol's primitive types (big-endian). Large buffers are taken by reference, so that record batches reach
 * the socket without a copy.
 *
 * Compact types and tags belong to the flexible versions of KIP-482: a length is an unsigned varint of length + 1, 0 means
 * null, and each structure ends with its tagged fields, of which we send none.
 */
export class Writer {
  #buffer = Buffer.allocUnsafe(initialBytes)
  #start = 0
  #end = 0
  #size = 0
  readonly #parts: Buffer[] = []

  /** Bytes so far. */
  get size(): number {
    return this.#size + this.#end - this.#start
  }

  /** Everything written, in order. */
  parts(): Buffer[] {
    this.#cut()
    return this.#parts
  }

  int8(value: number): this {
    const at = this.#room(1)
    this.#buffer.writeInt8(value, at)
    return this
  }

  int16(value: number): this {
    const at = this.#room(2)
    this.#buffer.writeInt16BE(value, at)
    return this
  }

  int32(value: number): this {
    const at = this.#room(4)
    this.#buffer.writeInt32BE(value, at)
    return this
  }

  /** A number must be a safe integer. */
  int64(value: number | bigint): this {
    const at = this.#room(8)
    this.#buffer.writeBigInt64BE(BigInt(value), at)
    return this
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0)
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1)
    const length = Buffer.byteLength(value)
    this.int16(length)
    const at = this.#room(length)
    this.#buffer.write(value, at)
    return this
  }

  bytes(value: Uint8Array | null): this {
    if (value === null) return this.int32(-1)
    this.int32(value.length)
    const at = this.#room(value.length)
    this.#buffer.set(value, at)
    return this
  }

  array<T>(values: readonly T[] | null, write: (value: T) => void): this {
    this.int32(values === null ? -1 : values.length)
    values?.forEach(write)
    return this
  }

  uvarint(value: number): this {
    let at = this.#room(5)
    while (value > 0x7f) {
      this.#buffer[at++] = (value & 0x7f) | 0x80
      value >>>= 7
    }
    this.#buffer[at++] = value
    this.#end = at
    return this
  }

  compactString(value: string | null): this {
    if (value === null) return this.uvarint(0)
    const length = Buffer.byteLength(value)
    this.uvarint(length + 1)
    const at = this.#room(length)
    this.#buffer.write(value, at)
    return this
  }

  compactArray<T>(values: readonly T[] | null, write: (value: T) => void): this {
    this.uvarint(values === null ? 0 : values.length + 1)
    values?.forEach(write)
    return this
  }

  /** The tagged fields of a structure: none. */
  tags(): this {
    return this.uvarint(0)
  }

  /** Takes the buffer itself: it must not change until the request was answered or its connection is gone. */
  reference(buffer: Buffer): this {
    this.#cut()
    this.#parts.push(buffer)
    this.#size += buffer.length
    return this
  }

  #cut(): void {
    if (this.#end === this.#start) return
    this.#parts.push(this.#buffer.subarray(this.#start, this.#end))
    this.#size += this.#end - this.#start
    this.#start = this.#end
  }

  #room(bytes: number): number {
    const at = this.#end
    if (at + bytes > this.#buffer.length) {
      // What was cut off before stays where it is.
      const used = at - this.#start
      const grown = Buffer.allocUnsafe(Math.max(initialBytes, (used + bytes) * 2))
      this.#buffer.copy(grown, 0, this.#start, at)
      this.#buffer = grown
      this.#start = 0
      this.#end = used + bytes
      return used
    }
    this.#end = at + bytes
    return at
  }
}
