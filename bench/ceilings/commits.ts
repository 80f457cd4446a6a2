const interval = 100

/** A commit every 100 ms, in the background, one at a time. */
export class Commits {
  readonly #commit: () => Promise<void>
  #underWay: Promise<void> | undefined
  #last: number = performance.now()

  constructor(commit: () => Promise<void>) {
    this.#commit = commit
  }

  /** Begins one where it is time. */
  tick(): void {
    if (this.#underWay !== undefined || performance.now() - this.#last < interval) return
    this.#last = performance.now()
    this.#underWay = this.#commit().then(() => (this.#underWay = undefined))
  }

  /** Waits for the one under way, and does the last. */
  async end(): Promise<void> {
    await this.#underWay
    await this.#commit()
  }
}
