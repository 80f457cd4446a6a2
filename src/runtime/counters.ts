/** What is counted instead of being lost without a word. Keys are `what{operator}`. */
export class Counters {
  readonly #counts = new Map<string, number>()

  add(what: string, operator: string): void {
    const id = `${what}{${operator}}`
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1)
  }

  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }
}
