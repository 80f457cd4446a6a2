import type { PendingEntry } from '../../store/pending-store.js'
import { Heap } from './heap.js'

/** Entries that wait for the time of their next attempt, the earliest first; of equal times those that came first. */
export class DueEntries<K, V> {
  readonly #heap = new Heap<PendingEntry<K, V>>((a, b) => a.due < b.due || (a.due === b.due && a.seq < b.seq))

  add(entry: PendingEntry<K, V>): void {
    this.#heap.push(entry)
  }

  /** When the first is due; infinity when there is none. */
  get earliest(): number {
    return this.#heap.first?.due ?? Number.POSITIVE_INFINITY
  }

  /** Takes out the first that is due by `now`. */
  take(now: number): PendingEntry<K, V> | undefined {
    return this.earliest <= now ? this.#heap.shift() : undefined
  }
}
