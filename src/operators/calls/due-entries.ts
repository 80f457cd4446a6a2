import type { PendingEntry } from '../../store/pending-store.js'
import type { OperatorContext } from '../operator.js'
import { Heap } from './heap.js'

interface Due<K, V> {
  /** By the steady time, which goes on where the time of day that the entry names is set back. */
  readonly at: number
  readonly entry: PendingEntry<K, V>
}

/** Entries that wait for the time of their next attempt, the earliest first; of equal times those that came first. */
export class DueEntries<K, V> {
  readonly #context: Pick<OperatorContext, 'now' | 'steady'>
  readonly #heap = new Heap<Due<K, V>>((a, b) => a.at < b.at || (a.at === b.at && a.entry.seq < b.entry.seq))

  constructor(context: Pick<OperatorContext, 'now' | 'steady'>) {
    this.#context = context
  }

  /** Answers when it is due, by the steady time. */
  add(entry: PendingEntry<K, V>): number {
    const wait = entry.due - this.#context.now()
    const at = wait > 0 ? this.#context.steady() + wait : 0
    this.#heap.push({ at, entry })
    return at
  }

  /** When the first is due, by the steady time; infinity when there is none. */
  get earliest(): number {
    return this.#heap.first?.at ?? Number.POSITIVE_INFINITY
  }

  /** Takes out the first that is due by `steady`. */
  take(steady: number): PendingEntry<K, V> | undefined {
    return this.earliest <= steady ? this.#heap.shift()!.entry : undefined
  }
}
