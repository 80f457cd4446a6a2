/** So many shapes are known at once. */
const mostShapes = 8
/** A shape is learned from every eighth value that none was known for: what comes once is not worth its compilation. */
const learnEvery = 8
/** After so many attempts no more is learned: the values have a shape each. */
const mostAttempts = 8
/** Shapes that miss so many values before they have hit as many are forgotten. */
const window = 128
/** Shapes that have outlived so many windows were worth it: others may be learned once more. */
const enoughWindows = 32

/**
 * The shapes of values that begin alike, the last one that hit first. The topics and stores of an application hold few
 * shapes, over and over; where values have a shape each (maps by name), it is found out soon and given up.
 */
export class KnownShapes<Shape> {
  readonly list: Shape[] = []
  #attempts = 0
  #hits = 0
  #misses = 0
  #windows = 0

  /** The shape at this place was the right one. */
  hit(place: number): void {
    if (place > 0) {
      const { list } = this
      const shape = list[place]!
      list[place] = list[0]!
      list[0] = shape
    }
    if (++this.#hits < window) return
    this.#hits = this.#misses = 0
    if (++this.#windows % enoughWindows === 0) this.#attempts = 0
  }

  /** No shape was the right one: whether to learn one. */
  miss(): boolean {
    if (this.#attempts === mostAttempts && this.list.length === 0) return false
    if (++this.#misses === window) {
      this.#hits = this.#misses = this.#windows = 0
      this.list.length = 0
    }
    return this.#misses % learnEvery === 0 && this.#attempts < mostAttempts && this.list.length < mostShapes
  }

  /** @param shape `undefined`: there is none to be learned from the value */
  learned(shape: Shape | undefined): void {
    this.#attempts++
    if (shape !== undefined) this.list.push(shape)
  }
}
