import type { Entries, EntryId } from './entries.js'

/** As many windows as a record is mostly in. */
const places = 8

/** The entries of the last keys that were objects, known by the objects themselves. Only where nobody changes a key. */
export class RecentKeys {
  readonly #entries: Entries
  readonly #keys: unknown[] = Array.from({ length: places })
  readonly #ids: EntryId[] = Array.from({ length: places }, () => -1)
  #next = 0
  /** How many entries had been freed when these were noted: one more, and it may be one of them. */
  #freed = 0

  constructor(entries: Entries) {
    this.#entries = entries
  }

  /** -1 where it is not known. */
  find(key: unknown): EntryId {
    if (this.#entries.freed !== this.#freed) return -1
    for (let i = 0; i < places; i++) if (this.#keys[i] === key) return this.#ids[i]!
    return -1
  }

  note(key: unknown, id: EntryId): void {
    if (this.#entries.freed !== this.#freed) {
      this.#keys.fill(undefined)
      this.#freed = this.#entries.freed
    }
    this.#keys[this.#next] = key
    this.#ids[this.#next] = id
    this.#next = (this.#next + 1) % places
  }
}
