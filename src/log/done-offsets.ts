/**
 * Which records of a partition are done when they are not done in order: all before `position`, and some ahead of it. Kept
 * as ranges, so that a row of neighbours costs as much as one; written as a text into a committed position's metadata.
 *
 * @example
 * const done = new DoneOffsets(10)
 * done.add(12)
 * done.add(13)          // position 10, ahead: 12 and 13
 * done.text()           // '2.2': two not done, two done
 * done.add(10)
 * done.add(11)          // position 14, nothing ahead
 */
export class DoneOffsets {
  /** The first offset that is not done. */
  position: number
  /** Ascending, apart from each other, each after `position`; ends are exclusive. */
  readonly #starts: number[] = []
  readonly #ends: number[] = []

  constructor(position: number) {
    this.position = position
  }

  /** What `text` wrote for that position. Anything else is read as nothing. */
  static parse(position: number, text: string): DoneOffsets {
    const done = new DoneOffsets(position)
    if (!/^[0-9a-z]+\.[0-9a-z]+(,[0-9a-z]+\.[0-9a-z]+)*$/.test(text)) return done
    let at = position
    for (const range of text.split(',')) {
      const [gap, length] = range.split('.').map(part => Number.parseInt(part, 36)) as [number, number]
      if (gap < 1 || length < 1) return new DoneOffsets(position)
      done.#starts.push(at + gap)
      done.#ends.push((at += gap + length))
    }
    return done
  }

  /** How many rows of done records lie ahead of the position. */
  get ranges(): number {
    return this.#starts.length
  }

  has(offset: number): boolean {
    if (offset < this.position) return true
    const at = this.#after(offset) - 1
    return at >= 0 && offset < this.#ends[at]!
  }

  add(offset: number): void {
    this.addRange(offset, offset + 1)
  }

  /** All from `start` up to, not including, `end`. */
  addRange(start: number, end: number): void {
    if (end <= this.position || end <= start) return
    // Ranges that the new one touches become one with it.
    let first = this.#after(start)
    if (first > 0 && this.#ends[first - 1]! >= start) first--
    let last = first
    let from = start
    let to = end
    while (last < this.#starts.length && this.#starts[last]! <= to) {
      from = Math.min(from, this.#starts[last]!)
      to = Math.max(to, this.#ends[last]!)
      last++
    }
    this.#starts.splice(first, last - first, from)
    this.#ends.splice(first, last - first, to)
    while (this.#starts.length > 0 && this.#starts[0]! <= this.position) {
      this.#starts.shift()
      this.position = Math.max(this.position, this.#ends.shift()!)
    }
  }

  /** For the metadata of a position: pairs of how many are not done and how many are, in base 36. Empty: nothing ahead. */
  text(): string {
    let at = this.position
    return this.#starts
      .map((start, i) => {
        const pair = `${(start - at).toString(36)}.${(this.#ends[i]! - start).toString(36)}`
        at = this.#ends[i]!
        return pair
      })
      .join(',')
  }

  /** The number of ranges that start at or before the offset. */
  #after(offset: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#starts[middle]! <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
