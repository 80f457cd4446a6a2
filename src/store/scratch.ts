import { directWriter, type DirectWriter } from '../serde/direct.js'
import type { Serializer } from '../serde/serde.js'
import { unstorable } from './unstorable.js'

/** A value as bytes, in a buffer that is used again for the next one. */
export class Scratch<T> {
  buffer: Buffer = Buffer.allocUnsafeSlow(256)
  readonly #write: DirectWriter<T>
  readonly #store: string

  /** @param store whose it is */
  constructor(serializer: Serializer<T>, store: string) {
    this.#store = store
    this.#write = directWriter(serializer)
  }

  /** Writes the value to the beginning of `buffer`; answers how many bytes it takes. @throws Unstorable */
  write(value: T): number {
    for (;;) {
      let length: number
      try {
        length = this.#write(value, this.buffer, 0)
      } catch (error) {
        throw unstorable(this.#store, error)
      }
      if (length >= 0) return length
      this.buffer = Buffer.allocUnsafeSlow((this.buffer.length - length) * 2)
    }
  }
}
