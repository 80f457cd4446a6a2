import { copyBytes } from '../../serde/copy-bytes.js'
import { sortKeys } from './sort-keys.js'

/**
 * Entries that become tables together: taken in any order, given in the order of their keys, of each key the last that was
 * taken. The bytes of an entry lie next to each other, its key before its value.
 */
export class Run {
  count = 0
  /** Whether all came in the order of their keys, none twice. */
  isInOrder = true
  bytes: Buffer
  /** Where the key of each entry begins and ends, and its value ends: -1 where the key is deleted. */
  keyStarts: Uint32Array = new Uint32Array(1024)
  keyEnds: Uint32Array = new Uint32Array(1024)
  valueEnds: Int32Array = new Int32Array(1024)
  #used = 0
  #alike = new Uint32Array(1024)

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
    if (this.isInOrder && count > 0) this.#compare(count - 1, start, end)
    if (valueEnd < 0) this.valueEnds[count] = -1
    else this.valueEnds[count] = end = copyBytes(bytes, end, values, valueStart, valueEnd)
    this.#used = end
    this.count = count + 1
  }

  /** The numbers of the entries to write, in the order of their keys. */
  order(): Uint32Array {
    if (!this.isInOrder) return sortKeys(this.bytes, this.keyStarts, this.keyEnds, this.count)
    const order = new Uint32Array(this.count)
    for (let entry = 0; entry < order.length; entry++) order[entry] = entry
    return order
  }

  /** How many bytes of its key an entry has in common with the one before it; -1 where that is not known. */
  alike(entry: number): number {
    return this.isInOrder ? this.#alike[entry]! : -1
  }

  clear(): void {
    this.count = 0
    this.#used = 0
    this.isInOrder = true
  }

  /** With the key `[start, end)`, the next one. */
  #compare(entry: number, start: number, end: number): void {
    const { bytes } = this
    const before = this.keyStarts[entry]!
    const most = Math.min(this.keyEnds[entry]! - before, end - start)
    let alike = 0
    while (alike < most && bytes[before + alike] === bytes[start + alike]) alike++
    this.#alike[entry + 1] = alike
    const isLonger = end - start > this.keyEnds[entry]! - before
    this.isInOrder = alike < most ? bytes[before + alike]! < bytes[start + alike]! : isLonger
  }

  #growBytes(by: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.#used + by))
    this.bytes.copy(larger, 0, 0, this.#used)
    this.bytes = larger
  }

  #growCount(): void {
    const { keyStarts, keyEnds, valueEnds } = this
    const alike = this.#alike
    const length = keyStarts.length * 2
    this.keyStarts = new Uint32Array(length)
    this.keyEnds = new Uint32Array(length)
    this.valueEnds = new Int32Array(length)
    this.#alike = new Uint32Array(length)
    this.keyStarts.set(keyStarts)
    this.keyEnds.set(keyEnds)
    this.valueEnds.set(valueEnds)
    this.#alike.set(alike)
  }
}
