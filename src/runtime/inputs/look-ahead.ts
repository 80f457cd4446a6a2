import type { RecordBatch } from '../../log/batch/batch.js'
import type { FetchesAhead } from '../../store/key-value.js'
import { WarmAhead } from './warm-ahead.js'

/** After so many records it is considered again whether it is worth it. */
const sample = 4_096
/** It is where of so many records more than one had to be read from the database: below, the looking costs more. */
const least = 3
/** Of so many records that wait the keys are fetched at most, and of a single batch; and of so many at least. */
const mostRecords = 4_096
const leastRecords = 256
/** With more reads of a store for a record than this, some of them are for the second time. */
const onceAndSome = 1.25

/**
 * Fetches what the records of batches that wait will ask stores for, while those before them are worked on: the database
 * is read by a thread of its own then, many keys at a time. Only where the caches miss a good deal of it.
 *
 * What was fetched comes between two turns of the worker. A record that is worked on before reads the database by itself,
 * and what was fetched for it is lost; so those that will not wait so long are left out. Nor does it look so far ahead that
 * what was fetched has to leave the memory for what is fetched next.
 */
export class LookAhead {
  readonly #stores: readonly FetchesAhead[]
  readonly #warmAhead: WarmAhead
  /** How often each store was asked for a record, of late. */
  #asked = 0
  #askedBefore = 0
  /** Records that were begun. */
  #begun = 0
  #records = 0
  #readsBefore = 0
  #isWorthIt = false
  /** Of so many records that wait, behind those that will not wait long enough, the keys are fetched. */
  #ahead = mostRecords
  /** So many records were begun, of late, until what was fetched had come. */
  #delay = 0

  constructor(stores: readonly FetchesAhead[]) {
    this.#stores = stores
    this.#warmAhead = new WarmAhead(stores)
  }

  /** A batch is being worked on. */
  begins(batch: RecordBatch): void {
    this.#begun += batch.count
    this.#records += batch.count
    if (this.#records >= sample) this.#consider()
    this.#warmAhead.begins(batch, this.#asked)
  }

  /** The next record of the batch is about to be taken. */
  takes(): void {
    this.#warmAhead.takes()
  }

  #consider(): void {
    const asked = this.#stores.reduce((sum, { lookups }) => sum + lookups, 0)
    this.#asked = (asked - this.#askedBefore) / this.#records / this.#stores.length
    this.#askedBefore = asked
    const reads = this.#stores.reduce((sum, { databaseReads }) => sum + databaseReads, 0)
    const more = reads - this.#readsBefore
    const isTwice = this.#isWorthIt && more > this.#records * this.#stores.length * onceAndSome
    this.#isWorthIt = more * least > this.#records
    this.#ahead = isTwice
      ? Math.max(leastRecords, this.#ahead >> 1)
      : Math.min(mostRecords, this.#ahead + (this.#ahead >> 3))
    this.#records = 0
    this.#readsBefore = reads
  }

  /** Whether a batch is looked at that so many records are before. */
  sees(before: number): boolean {
    return before < this.#delay + this.#ahead
  }

  /** A batch waits that has not been looked at, behind so many records. */
  waits(batch: RecordBatch, before: number): void {
    // A compressed one would have to be opened twice.
    if (!this.#isWorthIt || before < this.#delay || batch.compression !== 0) return
    const keys: Uint8Array[] = []
    const cursor = batch.cursor()
    try {
      while (keys.length < mostRecords && cursor.next()) {
        if (cursor.keyEnd >= 0) keys.push(cursor.buffer.subarray(cursor.keyStart, cursor.keyEnd))
      }
    } catch {
      // Whoever takes the record that is damaged says so.
    }
    void this.#fetch(keys)
  }

  async #fetch(keys: readonly Uint8Array[]): Promise<void> {
    const begun = this.#begun
    // Whoever reads what could not be fetched gets the error.
    await Promise.allSettled(this.#stores.map(store => store.prefetch(keys)))
    const delay = Math.min(this.#begun - begun, mostRecords)
    this.#delay = Math.max(delay, Math.floor(this.#delay * 0.95))
  }
}
