/** Items in line. Taking the first out costs the same however many wait behind it; `shift()` of a long array does not. */
export class Queue<T> {
  #items: (T | undefined)[] = []
  /** Where the line begins: what lies before was taken out. */
  #start = 0

  get length(): number {
    return this.#items.length - this.#start
  }

  get first(): T | undefined {
    return this.#items[this.#start]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    const first = this.#items[this.#start]
    if (this.length === 0) return undefined
    this.#items[this.#start++] = undefined
    if (2 * this.#start >= this.#items.length) {
      this.#items = this.#items.slice(this.#start)
      this.#start = 0
    }
    return first
  }
}
