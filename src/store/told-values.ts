import { copyBytes } from '../serde/copy-bytes.js'

const initialBytes = 4096
/** One flush that was large does not hold its memory for ever. */
const keepBytes = 1 << 20

/** What a listener was last told of the entries that have changed since: stored bytes, or that there was nothing. */
export class ToldValues {
  buffer: Buffer = Buffer.allocUnsafeSlow(initialBytes)
  #used = 0
  #starts: number[] = []
  #ends: number[] = []

  /** Keeps `from[start, end)` (`end` -1: nothing); answers its number. */
  add(from: Buffer, start: number, end: number): number {
    const length = end < 0 ? 0 : end - start
    if (this.#used + length > this.buffer.length) {
      const grown = Buffer.allocUnsafeSlow((this.#used + length) * 2)
      this.buffer.copy(grown, 0, 0, this.#used)
      this.buffer = grown
    }
    if (end >= 0) copyBytes(this.buffer, this.#used, from, start, end)
    this.#starts.push(this.#used)
    this.#used += length
    return this.#ends.push(end < 0 ? -1 : this.#used) - 1
  }

  start(number: number): number {
    return this.#starts[number]!
  }

  /** -1: there was nothing. */
  end(number: number): number {
    return this.#ends[number]!
  }

  clear(): void {
    this.#used = 0
    this.#starts = []
    this.#ends = []
    if (this.buffer.length > keepBytes) this.buffer = Buffer.allocUnsafeSlow(initialBytes)
  }
}
