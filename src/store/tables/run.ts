import { copyBytes } from '../../serde/copy-bytes.js'
import { compareKeys, sortKeys } from './sort-keys.js'

/**
 * Entries that become tables together: taken in any order, given in the order of their keys, of each key the last that was
 * taken. The bytes of an entry lie next to each other, its key before its value.
 */
export class Run {
  count = 0
  bytes: Buffer
  /** Where the key of each entry begins and ends, and its value ends: -1 where the key is deleted. */
  keyStarts: Uint32Array = new Uint32Array(1024)
  keyEnds: Uint32Array = new Uint32Array(1024)
  valueEnds: Int32Array = new Int32Array(1024)
  #used = 0
  #inOrder = true

  /** @param capacity in bytes, which it has from the beginning */
  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
  }

  /** In bytes of keys and values. */
  get size(): number {
    return this.#used
  }

  /** The value is `values[valueStart, valueEnd)`; a `valueEnd` of -1 deletes the key, which is `prefix` and `keys[keyStart, keyEnd)`. */
  add(
    prefix: Uint8Array,
    keys: Uint8Array,
    keyStart: number,
    keyEnd: number,
    values: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    const length = prefix.length + keyEnd - keyStart + Math.max(valueEnd - valueStart, 0)
    if (this.#used + length > this.bytes.length) this.#growBytes(length)
    if (this.count === this.keyStarts.length) this.#growCount()
    const { bytes, count } = this
    const start = this.#used
    let end = copyBytes(bytes, start, prefix, 0, prefix.length)
    end = copyBytes(bytes, end, keys, keyStart, keyEnd)
    this.keyStarts[count] = start
    this.keyEnds[count] = end
    if (this.#inOrder && count > 0) {
      this.#inOrder = compareKeys(bytes, this.keyStarts[count - 1]!, this.keyEnds[count - 1]!, start, end, 0) < 0
    }
    if (valueEnd < 0) this.valueEnds[count] = -1
    else this.valueEnds[count] = end = copyBytes(bytes, end, values, valueStart, valueEnd)
    this.#used = end
    this.count = count + 1
  }

  /** The numbers of the entries to write, in the order of their keys. */
  order(): Uint32Array {
    if (!this.#inOrder) return sortKeys(this.bytes, this.keyStarts, this.keyEnds, this.count)
    const order = new Uint32Array(this.count)
    for (let entry = 0; entry < order.length; entry++) order[entry] = entry
    return order
  }

  clear(): void {
    this.count = 0
    this.#used = 0
    this.#inOrder = true
  }

  #growBytes(by: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.#used + by))
    this.bytes.copy(larger, 0, 0, this.#used)
    this.bytes = larger
  }

  #growCount(): void {
    const { keyStarts, keyEnds, valueEnds } = this
    const length = keyStarts.length * 2
    this.keyStarts = new Uint32Array(length)
    this.keyEnds = new Uint32Array(length)
    this.valueEnds = new Int32Array(length)
    this.keyStarts.set(keyStarts)
    this.keyEnds.set(keyEnds)
    this.valueEnds.set(valueEnds)
  }
}
