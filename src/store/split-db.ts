import { CollectedBatch, CollectedLoad, collected } from './collected-batch.js'
import type { StateBatch, StateDb, StateLoad, StateRange, StateStore } from './state-db.js'

/** Which database an entry belongs to: to the second one, or not. */
export type IsSecond = (store: string, key: Uint8Array) => boolean

/**
 * Two databases as one. Where a batch reaches both, the first is written first: to be used where the second can be made
 * anew.
 */
export class SplitStateDb implements StateDb {
  readonly #first: StateDb
  readonly #second: StateDb
  readonly #isSecond: IsSecond

  /** @param isSecond must say the same of all keys of a store that is walked or cleared */
  constructor(first: StateDb, second: StateDb, isSecond: IsSecond) {
    this.#first = first
    this.#second = second
    this.#isSecond = isSecond
  }

  store(name: string): StateStore {
    const isSecond = this.#isSecond
    const [first, second] = [this.#first.store(name), this.#second.store(name)]
    const of = (key: Uint8Array): StateStore => (isSecond(name, key) ? second : first)
    return {
      name,
      get: key => of(key).get(key),
      getMany: keys => of(keys[0] ?? noKey).getMany(keys),
      entries: (range?: StateRange) => of(range?.gte ?? noKey).entries(range),
    }
  }

  batch(): StateBatch {
    return new CollectedBatch()
  }

  load(): StateLoad {
    return new CollectedLoad(this)
  }

  async write(batch: StateBatch): Promise<void> {
    const [first, second] = [this.#first.batch(), this.#second.batch()]
    collected(batch).forEach((store, bytes, keyStart, keyEnd, valueEnd) => {
      const to = this.#isSecond(store, keyEnd < 0 ? noKey : bytes.subarray(keyStart, keyEnd)) ? second : first
      if (keyEnd < 0) to.clear(store)
      else if (valueEnd < 0) to.deleteSlice(store, bytes, keyStart, keyEnd)
      else to.putSlices(store, bytes, keyStart, keyEnd, bytes, keyEnd, valueEnd)
    })
    if (first.length > 0) await this.#first.write(first)
    if (second.length > 0) await this.#second.write(second)
  }

  async settle(): Promise<void> {
    await this.#first.settle()
    await this.#second.settle()
  }

  async fill(): Promise<undefined> {}

  /** Closes both. */
  async close(): Promise<void> {
    await this.#first.close()
    await this.#second.close()
  }
}

const noKey = new Uint8Array(0)
