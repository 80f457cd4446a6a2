import { directWriter, type DirectWriter } from '../serde/direct.js'
import type { Serializer } from '../serde/serde.js'

/** A value as bytes, in a buffer that is used again for the next one. */
export class Scratch<T> {
  buffer: Buffer = Buffer.allocUnsafeSlow(256)
  readonly #write: DirectWriter<T>

  constructor(serializer: Serializer<T>) {
    this.#write = directWriter(serializer)
  }

  /** Writes the value to the beginning of `buffer`; answers how many bytes it takes. @throws SluiceError SERIALIZE */
  write(value: T): number {
    for (;;) {
      const length = this.#write(value, this.buffer, 0)
      if (length >= 0) return length
      this.buffer = Buffer.allocUnsafeSlow((this.buffer.length - length) * 2)
    }
  }
}
