import { SluiceError } from '../errors.js'
import { copyBytes } from '../serde/copy-bytes.js'
import { SliceWrites } from './slice-writes.js'
import type { StateBatch, StateDb, StateLoad } from './state-db.js'

/**
 * What a batch does: the value in `bytes[keyEnd, valueEnd)` is put under the key in `bytes[keyStart, keyEnd)`; a
 * `valueEnd` of -1 deletes the key, a `keyEnd` of -1 clears the whole store.
 */
export type BatchVisitor = (store: string, bytes: Buffer, keyStart: number, keyEnd: number, valueEnd: number) => void

const chunkBytes = 64 * 1024
const noBytes = Buffer.alloc(0)

/** The batch of every state database here: operations in the order they came, their bytes copied into a few large chunks. */
export class CollectedBatch extends SliceWrites implements StateBatch {
  // Columns rather than an object for each operation.
  readonly #stores: string[] = []
  readonly #keyStarts: number[] = []
  readonly #keyEnds: number[] = []
  readonly #valueEnds: number[] = []
  readonly #chunks: Buffer[] = []
  /** For each chunk the number of its first operation. */
  readonly #firsts: number[] = []
  #chunk: Buffer = noBytes
  #used = 0
  #clears = false

  putSlices(
    store: string,
    keys: Uint8Array,
    keyStart: number,
    keyEnd: number,
    values: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    const start = this.#room(keyEnd - keyStart + valueEnd - valueStart)
    const middle = copyBytes(this.#chunk, start, keys, keyStart, keyEnd)
    this.#used = copyBytes(this.#chunk, middle, values, valueStart, valueEnd)
    this.#add(store, start, middle, this.#used)
  }

  deleteSlice(store: string, keys: Uint8Array, keyStart: number, keyEnd: number): void {
    const start = this.#room(keyEnd - keyStart)
    this.#used = copyBytes(this.#chunk, start, keys, keyStart, keyEnd)
    this.#add(store, start, this.#used, -1)
  }

  clear(store: string): void {
    this.#add(store, this.#room(0), -1, -1)
    this.#clears = true
  }

  get length(): number {
    return this.#stores.length
  }

  /** Whether a store is cleared by it. */
  get clears(): boolean {
    return this.#clears
  }

  forEach(visit: BatchVisitor): void {
    for (let chunk = 0; chunk < this.#chunks.length; chunk++) {
      const bytes = this.#chunks[chunk]!
      const end = this.#firsts[chunk + 1] ?? this.#stores.length
      for (let i = this.#firsts[chunk]!; i < end; i++) {
        visit(this.#stores[i]!, bytes, this.#keyStarts[i]!, this.#keyEnds[i]!, this.#valueEnds[i]!)
      }
    }
  }

  /** Where so many bytes may be written: behind the last ones, or in a new chunk. */
  #room(bytes: number): number {
    if (this.#chunks.length === 0 || this.#used + bytes > this.#chunk.length) {
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(bytes, this.#chunks.length === 0 ? 1024 : chunkBytes))
      this.#chunks.push(this.#chunk)
      this.#firsts.push(this.#stores.length)
      this.#used = 0
    }
    return this.#used
  }

  #add(store: string, keyStart: number, keyEnd: number, valueEnd: number): void {
    this.#stores.push(store)
    this.#keyStarts.push(keyStart)
    this.#keyEnds.push(keyEnd)
    this.#valueEnds.push(valueEnd)
  }
}

/** What a database loads where a batch of its own costs nothing. */
export class CollectedLoad extends CollectedBatch implements StateLoad {
  readonly #db: StateDb

  constructor(db: StateDb) {
    super()
    this.#db = db
  }

  write(): Promise<void> {
    return this.#db.write(this)
  }

  async close(): Promise<void> {}
}

/** The operations of a batch, which must be one that a state database of this package made. */
export function collected(batch: StateBatch): CollectedBatch {
  if (batch instanceof CollectedBatch) return batch
  throw new SluiceError('BAD_ARGUMENT', 'the batch was not made by this state database', {
    hint: 'take it from batch()',
  })
}
