import { SluiceError } from '../errors.js'
import type { StateBatch } from './state-db.js'

/** What a batch does to a key: bytes are put, `null` deletes; a key of `null` clears the whole store. */
export type BatchVisitor = (store: string, key: Uint8Array | null, value: Uint8Array | null) => void

/** The batch of every state database here: operations in the order they came. */
export class CollectedBatch implements StateBatch {
  // Three columns rather than an object for each operation.
  readonly #stores: string[] = []
  readonly #keys: (Uint8Array | null)[] = []
  readonly #values: (Uint8Array | null)[] = []
  #clears = false

  put(store: string, key: Uint8Array, value: Uint8Array): void {
    this.#add(store, key, value)
  }

  delete(store: string, key: Uint8Array): void {
    this.#add(store, key, null)
  }

  clear(store: string): void {
    this.#add(store, null, null)
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
    for (let i = 0; i < this.#stores.length; i++) visit(this.#stores[i]!, this.#keys[i]!, this.#values[i]!)
  }

  #add(store: string, key: Uint8Array | null, value: Uint8Array | null): void {
    this.#stores.push(store)
    this.#keys.push(key)
    this.#values.push(value)
  }
}

/** The operations of a batch, which must be one that a state database of this package made. */
export function collected(batch: StateBatch): CollectedBatch {
  if (batch instanceof CollectedBatch) return batch
  throw new SluiceError('BAD_ARGUMENT', 'the batch was not made by this state database', {
    hint: 'take it from batch()',
  })
}
