import { asBuffer } from '../serde/buffer.js'
import { readLatin1 } from '../serde/text.js'
import { CollectedBatch, collected } from './collected-batch.js'
import type { StateBatch, StateDb, StateRange, StateStore } from './state-db.js'

/** State in memory: for tests, the test driver, and stores declared `in: 'memory'`. */
export class MemoryStateDb implements StateDb {
  readonly #stores = new Map<string, MemoryStore>()

  store(name: string): StateStore {
    return this.#of(name)
  }

  batch(): StateBatch {
    return new CollectedBatch()
  }

  async write(batch: StateBatch): Promise<void> {
    collected(batch).forEach((name, bytes, keyStart, keyEnd, valueEnd) => {
      const store = this.#of(name)
      if (keyEnd < 0) store.clear()
      else if (valueEnd < 0) store.delete(bytes.subarray(keyStart, keyEnd))
      else store.put(bytes.subarray(keyStart, keyEnd), bytes.subarray(keyEnd, valueEnd))
    })
  }

  async close(): Promise<void> {
    this.#stores.clear()
  }

  #of(name: string): MemoryStore {
    let store = this.#stores.get(name)
    if (store === undefined) this.#stores.set(name, (store = new MemoryStore(name)))
    return store
  }
}

/** One store. Keys are latin1 strings, one character a byte: strings compare as their bytes do. */
class MemoryStore implements StateStore {
  readonly #entries = new Map<string, Uint8Array>()
  /** The keys in order; dropped when one comes or goes, made again by the next look at the order. */
  #sorted: string[] | undefined

  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const value = this.#entries.get(latin1(key))
    return value === undefined ? undefined : Buffer.from(value)
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return keys.map(key => this.get(key))
  }

  entries(range: StateRange = {}): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]> {
    const sorted = (this.#sorted ??= [...this.#entries.keys()].sort())
    const from = range.gte === undefined ? 0 : lowerBound(sorted, latin1(range.gte))
    const to = range.lt === undefined ? sorted.length : lowerBound(sorted, latin1(range.lt))
    const snapshot = sorted.slice(from, to).map(key => [key, this.#entries.get(key)!] as const)
    if (range.reverse === true) snapshot.reverse()
    return (async function* () {
      for (const [key, value] of snapshot) yield [Buffer.from(key, 'latin1'), Buffer.from(value)] as const
    })()
  }

  put(key: Uint8Array, value: Uint8Array): void {
    const text = latin1(key)
    if (this.#sorted !== undefined && !this.#entries.has(text)) this.#sorted = undefined
    this.#entries.set(text, Buffer.from(value))
  }

  delete(key: Uint8Array): void {
    if (this.#entries.delete(latin1(key))) this.#sorted = undefined
  }

  clear(): void {
    this.#entries.clear()
    this.#sorted = undefined
  }
}

function latin1(bytes: Uint8Array): string {
  return readLatin1(asBuffer(bytes), 0, bytes.length)
}

/** The index of the first key that is not below `key`. */
function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}
