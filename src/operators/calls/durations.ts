const remembered = 512
/** Before so many are known, a quantile says little. */
const enough = 20

/** How long the latest calls took, for a guess at what is long. */
export class Durations {
  readonly #ring: number[] = []
  #next = 0
  #sorted: readonly number[] | undefined

  add(ms: number): void {
    this.#ring[this.#next] = ms
    this.#next = (this.#next + 1) % remembered
    // The order of so many changes little from one call to the next.
    if (this.#next % 16 === 0 || this.#ring.length <= enough) this.#sorted = undefined
  }

  /** Milliseconds that the share `q` of the calls did not exceed; `undefined` as long as too few are known. */
  quantile(q: number): number | undefined {
    if (this.#ring.length < enough) return undefined
    this.#sorted ??= this.#ring.toSorted((a, b) => a - b)
    return this.#sorted[Math.min(this.#sorted.length - 1, Math.floor(q * this.#sorted.length))]
  }
}
