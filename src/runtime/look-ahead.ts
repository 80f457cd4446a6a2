import type { RecordBatch } from '../log/batch/batch.js'
import type { FetchesAhead } from '../store/key-value.js'

/** After so many records it is considered again whether it is worth it. */
const sample = 4096
/** It is where of so many records more than one had to be read from the database: below, the looking costs more. */
const least = 3
/** How many keys of a batch are fetched at most. */
const mostKeys = 4096

/**
 * Fetches what the records of batches that wait will ask stores for, while those before them are worked on: the database
 * is read by a thread of its own then, many keys at a time. Only where the caches miss a good deal of it.
 */
export class LookAhead {
  readonly #stores: readonly FetchesAhead[]
  #records = 0
  #readsBefore = 0
  #isWorthIt = false

  constructor(stores: readonly FetchesAhead[]) {
    this.#stores = stores
  }

  /** A batch is being worked on. */
  begins({ count }: RecordBatch): void {
    this.#records += count
    if (this.#records < sample) return
    const reads = this.#stores.reduce((sum, { databaseReads }) => sum + databaseReads, 0)
    this.#isWorthIt = (reads - this.#readsBefore) * least > this.#records
    this.#records = 0
    this.#readsBefore = reads
  }

  /** A batch waits that has not been looked at. */
  waits(batch: RecordBatch): void {
    // A compressed one would have to be opened twice.
    if (!this.#isWorthIt || batch.compression !== 0) return
    const keys: Uint8Array[] = []
    const cursor = batch.cursor()
    while (keys.length < mostKeys && cursor.next()) {
      if (cursor.keyEnd >= 0) keys.push(cursor.buffer.subarray(cursor.keyStart, cursor.keyEnd))
    }
    // Whoever reads what could not be fetched gets the error.
    for (const store of this.#stores) void store.prefetch(keys).catch(() => undefined)
  }
}
