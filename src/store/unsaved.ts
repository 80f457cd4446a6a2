interface Drain {
  readonly ids: readonly number[]
  readonly bytes: number
}

/**
 * Which entries the database does not hold as they are: those that no drain has taken, and those that are in flight. Drains
 * are committed in their order. Which of them took an entry last is kept with the entry, as the drain's number.
 */
export class Unsaved {
  /** Of what no drain has taken. */
  bytes = 0
  /** The number of the last drain that is in the database. Numbers are of 32 bits, so that they begin anew some day. */
  lastCommitted = 0
  #lastDrain = 0
  #ids: number[] = []
  #inFlight: Drain[] = []
  #inFlightBytes = 0

  /** An entry that no drain has taken, with what it counts for. Its bytes may change until a drain takes it. */
  add(id: number, bytes: number): void {
    this.#ids.push(id)
    this.bytes += bytes
  }

  /** All that no drain has taken is in flight from here on. */
  drain(): { readonly ids: readonly number[]; readonly number: number } {
    const drained = { ids: this.#ids, bytes: this.bytes }
    this.#inFlight.push(drained)
    this.#inFlightBytes += drained.bytes
    this.#ids = []
    this.bytes = 0
    this.#lastDrain = (this.#lastDrain + 1) | 0
    return { ids: drained.ids, number: this.#lastDrain }
  }

  /** The oldest drain is in the database. */
  committed(): void {
    const oldest = this.#inFlight.shift()
    if (oldest === undefined) return
    this.#inFlightBytes -= oldest.bytes
    this.lastCommitted = (this.lastCommitted + 1) | 0
  }

  /** One that was drained very long ago may be taken for it. */
  isInFlight(drain: number): boolean {
    return ((drain - this.lastCommitted) | 0) > 0
  }

  /** Of all that must stay in memory. */
  get allBytes(): number {
    return this.bytes + this.#inFlightBytes
  }

  /** Each once. */
  *all(): Generator<number> {
    yield* this.#ids
    if (this.#inFlight.length === 0) return
    const seen = new Set(this.#ids)
    for (const { ids } of this.#inFlight) {
      for (const id of ids) {
        if (seen.has(id)) continue
        seen.add(id)
        yield id
      }
    }
  }

  /** @param ids by the former id */
  renumber(ids: Int32Array): void {
    this.#ids = this.#ids.map(id => ids[id]!)
    this.#inFlight = this.#inFlight.map(drain => ({ ...drain, ids: drain.ids.map(id => ids[id]!) }))
  }

  clear(): void {
    this.#ids = []
    this.bytes = 0
    this.#inFlight = []
    this.#inFlightBytes = 0
    this.lastCommitted = this.#lastDrain
  }
}
