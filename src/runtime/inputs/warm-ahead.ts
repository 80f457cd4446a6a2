import type { RecordBatch } from '../../log/batch/batch.js'
import type { RecordCursor } from '../../log/batch/cursor.js'
import type { FetchesAhead } from '../../store/key-value.js'
import { warmedAtOnce } from '../../store/segments.js'

/** Below so many bytes in memory, the processor's own caches hold nearly all of a store. */
const leastBytes = 1 << 20
/** A store that fewer of the records ask is left alone. */
const leastAsked = 0.5

/**
 * Has the processor load the entries that the next records of a batch will ask stores for. Each of them lies somewhere in
 * many megabytes of memory, so that most of a look-up is waiting for it; waiting for thirty at once takes hardly longer than
 * for one. Only where stores are large and asked for most of the records: otherwise the looking costs more.
 */
export class WarmAhead {
  readonly #stores: readonly FetchesAhead[]
  readonly #starts = new Int32Array(warmedAtOnce)
  readonly #ends = new Int32Array(warmedAtOnce)
  /** Walks ahead of the records that are taken. */
  #scout: RecordCursor | undefined
  /** Records that may be taken before the keys of the next ones have to be warmed. */
  #left = Number.POSITIVE_INFINITY

  constructor(stores: readonly FetchesAhead[]) {
    this.#stores = stores
  }

  /** @param asked how often each store was asked for a record, of late */
  begins(batch: RecordBatch, asked: number): void {
    const isWorthIt = asked > leastAsked && this.#stores.some(({ memoryBytes }) => memoryBytes > leastBytes)
    // A compressed one would have to be opened twice.
    this.#scout = isWorthIt && batch.compression === 0 ? batch.cursor() : undefined
    this.#left = this.#scout === undefined ? Number.POSITIVE_INFINITY : 0
  }

  /** The next record is about to be taken. */
  takes(): void {
    if (this.#left-- > 0) return
    this.#left = this.#warm(this.#scout!) - 1
  }

  /** Answers for how many records that was; infinity at the end of the batch. */
  #warm(scout: RecordCursor): number {
    let records = 0
    let keys = 0
    try {
      for (; records < warmedAtOnce && scout.next(); records++) {
        if (scout.keyEnd < 0) continue
        this.#starts[keys] = scout.keyStart
        this.#ends[keys++] = scout.keyEnd
      }
    } catch {
      // Whoever takes the record that is damaged says so.
    }
    for (const store of this.#stores) store.warm(scout.buffer, this.#starts, this.#ends, keys)
    return records < warmedAtOnce ? Number.POSITIVE_INFINITY : records
  }
}
