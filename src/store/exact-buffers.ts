/** Above this length a buffer is made for each call. */
const longest = 512

/** One buffer of each small length, to be used again and again: LevelDB's binding takes whole buffers only. */
export class ExactBuffers {
  readonly #buffers: (Buffer | undefined)[] = []

  /** A buffer of exactly so many bytes; valid until the next call. */
  of(length: number): Buffer {
    if (length > longest) return Buffer.allocUnsafe(length)
    return (this.#buffers[length] ??= Buffer.allocUnsafeSlow(length))
  }
}
