/** Which names are connected, directly or by way of others (union-find). */
export class Components {
  readonly #parents = new Map<string, string>()

  /** The one name that stands for all that are connected with this one. */
  of(name: string): string {
    const parent = this.#parents.get(name) ?? name
    if (parent === name) return name
    const root = this.of(parent)
    this.#parents.set(name, root)
    return root
  }

  join(a: string, b: string): void {
    this.#parents.set(this.of(b), this.of(a))
  }
}
