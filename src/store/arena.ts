import type { DirectWriter } from '../serde/direct.js'

const chunkBytes = 64 * 1024

/**
 * Many small pieces of bytes cut from a few large chunks, for what is written once and then dropped together. A piece is
 * never changed again; its chunk lives as long as one of its pieces.
 */
export class Arena {
  #chunk: Buffer = Buffer.allocUnsafeSlow(chunkBytes)
  #at = 0

  /** The value's bytes behind `head` bytes for the caller to fill. */
  take<T>(write: DirectWriter<T>, value: T, head: number): Buffer {
    for (;;) {
      const room = this.#chunk.length - this.#at - head
      const length = room < 0 ? -head : write(value, this.#chunk, this.#at + head)
      if (length >= 0) {
        const start = this.#at
        this.#at += head + length
        return this.#chunk.subarray(start, this.#at)
      }
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(chunkBytes, (head + room - length) * 2))
      this.#at = 0
    }
  }
}
