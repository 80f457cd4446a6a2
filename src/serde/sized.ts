/** Bytes behind their length (int32 BE; -1: null). */
export function sized(bytes: Uint8Array | null): readonly Uint8Array[] {
  const length = Buffer.allocUnsafe(4)
  length.writeInt32BE(bytes === null ? -1 : bytes.length)
  return bytes === null ? [length] : [length, bytes]
}

/** Takes apart what `sized` put one behind the other. */
export class SizedReader {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at: number = 0) {
    this.#bytes = bytes
    this.#at = at
  }

  /** The next bytes, copied. */
  take(): Buffer | null {
    const length = this.#bytes.readInt32BE(this.#at)
    this.#at += 4 + Math.max(0, length)
    return length < 0 ? null : Buffer.from(this.#bytes.subarray(this.#at - length, this.#at))
  }

  /** What follows, up to the end, not copied. */
  get rest(): Buffer {
    return this.#bytes.subarray(this.#at)
  }
}
