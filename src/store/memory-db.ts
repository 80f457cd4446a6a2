import { asBuffer } from '../serde/buffer.js'
import { readLatin1 } from '../serde/text.js'
import { CollectedBatch, CollectedLoad, collected } from './collected-batch.js'
import { lowerBound } from './lower-bound.js'
import type { StateBatch, StateDb, StateLoad, StateRange, StateStore } from './state-db.js'

/** State in memory: for tests, the test driver, and stores declared `in: 'memory'`. */
export class MemoryStateDb implements StateDb {
  readonly #stores = new Map<string, MemoryStore>()

  store(name: string): StateStore {
    return this.#of(name)
  }

  batch(): StateBatch {
    return new CollectedBatch()
  }

  load(): StateLoad {
    return new CollectedLoad(this)
  }

  async write(batch: StateBatch): Promise<void> {
    collected(batch).forEach((name, bytes, keyStart, keyEnd, valueEnd) => {
      const store = this.#of(name)
      if (keyEnd < 0) store.clear()
      else if (valueEnd < 0) store.delete(bytes.subarray(keyStart, keyEnd))
      else store.put(bytes.subarray(keyStart, keyEnd), bytes.subarray(keyEnd, valueEnd))
    })
  }

  async settle(): Promise<void> {}

  async fill(): Promise<undefined> {}

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
  /** The keys in order, from the first look at the order on; without those that have come and gone since. */
  #sorted: readonly string[] | undefined
  readonly #come = new Set<string>()
  readonly #gone = new Set<string>()

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
    const sorted = this.#inOrder()
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
    if (this.#sorted !== undefined && !this.#entries.has(text) && !this.#gone.delete(text)) this.#come.add(text)
    this.#entries.set(text, Buffer.from(value))
  }

  delete(key: Uint8Array): void {
    const text = latin1(key)
    if (!this.#entries.delete(text) || this.#sorted === undefined) return
    if (!this.#come.delete(text)) this.#gone.add(text)
  }

  clear(): void {
    this.#entries.clear()
    this.#sorted = undefined
    this.#come.clear()
    this.#gone.clear()
  }

  /** A walk costs what has changed and a copy of the list, not the sorting of all there is. */
  #inOrder(): readonly string[] {
    if (this.#sorted === undefined) return (this.#sorted = [...this.#entries.keys()].sort())
    if (this.#come.size === 0 && this.#gone.size === 0) return this.#sorted
    this.#sorted = changed(this.#sorted, this.#come, this.#gone)
    this.#come.clear()
    this.#gone.clear()
    return this.#sorted
  }
}

function latin1(bytes: Uint8Array): string {
  return readLatin1(asBuffer(bytes), 0, bytes.length)
}

/** The list with what has come, without what is gone of it: what lies in between is copied, not compared. */
function changed(sorted: readonly string[], come: ReadonlySet<string>, gone: ReadonlySet<string>): readonly string[] {
  const all: string[] = []
  let next = 0
  for (const key of [...come, ...gone].sort()) {
    for (const at = lowerBound(sorted, key); next < at; next++) all.push(sorted[next]!)
    if (come.has(key)) all.push(key)
    else next++
  }
  for (; next < sorted.length; next++) all.push(sorted[next]!)
  return all
}
