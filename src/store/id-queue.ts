/** Numbers of entries in the order in which they came, in memory of its own that is used again. */
export class IdQueue {
  length = 0
  #ids = new Int32Array(64)

  /** The numbers, of which `length` count. Another array after a `push`. */
  get ids(): Int32Array {
    return this.#ids
  }

  /** Answers its place. */
  push(id: number): number {
    if (this.length === this.#ids.length) {
      const ids = new Int32Array(this.length * 2)
      ids.set(this.#ids)
      this.#ids = ids
    }
    this.#ids[this.length] = id
    return this.length++
  }

  /** Keeps the memory for as many as there were. */
  clear(): void {
    if (this.#ids.length > 1_024 && this.#ids.length > this.length * 4) this.#ids = new Int32Array(this.length * 2 + 64)
    this.length = 0
  }
}
