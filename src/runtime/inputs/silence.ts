/** A look that comes later than this, in milliseconds, says nothing: records may have come that nobody has fetched. */
const latest = 2_000

/** How far stream time moves on while a task's inputs are silent: as fast as the wall clock, once `after` has passed. */
export class Silence {
  readonly #after: number
  /** When the last record came, or the task began. */
  #since: number
  /** How much of the silence has been told. */
  #told = 0
  #looked: number

  /** @param after milliseconds without a record that make a silence */
  constructor(after: number, now: number) {
    this.#after = after
    this.#since = now
    this.#looked = now
  }

  /** A record came. */
  heard(now: number): void {
    this.#since = now
    this.#told = 0
  }

  /**
   * The milliseconds of silence that were not told yet; 0 as long as it is none. To be asked every `beatOf(after)`: where
   * that did not happen the process stood still, or the clock was set, and the silence begins anew.
   */
  tell(now: number): number {
    const away = now - this.#looked
    this.#looked = now
    if (away < 0 || away > beatOf(this.#after) + latest) this.heard(now)
    const silent = now - this.#since
    if (silent < this.#after) return 0
    const by = silent - this.#told
    this.#told = silent
    return Math.max(0, by)
  }
}

/** How often a silence is looked at, in milliseconds: a window closes at most so much late. */
export function beatOf(after: number): number {
  return Math.max(10, Math.min(after, 1000))
}
