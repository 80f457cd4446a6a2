const noBytes = new Uint8Array(0)
/** Above this length a buffer is made for each call. */
const longest = 512

/**
 * One buffer of each small length, to be used again and again: LevelDB's binding takes whole buffers only. All begin with
 * `prefix`.
 */
export class ExactBuffers {
  readonly #buffers: (Buffer | undefined)[] = []
  readonly #prefix: Uint8Array

  constructor(prefix: Uint8Array = noBytes) {
    this.#prefix = prefix
  }

  /** A buffer of exactly so many bytes behind the prefix; valid until the next call. */
  of(length: number): Buffer {
    if (length > longest) return this.#prefixed(Buffer.allocUnsafe(this.#prefix.length + length))
    return (this.#buffers[length] ??= this.#prefixed(Buffer.allocUnsafeSlow(this.#prefix.length + length)))
  }

  #prefixed(buffer: Buffer): Buffer {
    buffer.set(this.#prefix)
    return buffer
  }
}
