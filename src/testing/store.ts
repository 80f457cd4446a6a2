import type { Instance } from '../runtime/instance.js'

/** Shows a store, uncommitted changes included. */
export class DriverStore<K, V> {
  readonly #instance: () => Instance
  readonly #name: string

  constructor(instance: () => Instance, name: string) {
    instance().query(name)
    this.#instance = instance
    this.#name = name
  }

  /** `undefined` where there is none. */
  get(key: K): V | undefined {
    for (const store of this.#instance().storesOf<K, V>(this.#name)) {
      const value = store.get(key)
      if (value !== undefined) return value
    }
    return undefined
  }

  /** Milliseconds since the epoch: the timestamp of the value; `undefined` where there is none. */
  timestampOf(key: K): number | undefined {
    for (const store of this.#instance().storesOf<K, V>(this.#name)) {
      if (store.get(key) !== undefined) return store.timestamp
    }
    return undefined
  }

  /** Everything, in byte order of the key. */
  async all(): Promise<[K, V][]> {
    const found: [K, V][] = []
    for (const store of this.#instance().storesOf<K, V>(this.#name)) {
      for await (const [key, value] of store.entries()) found.push([key, value])
    }
    return found
  }
}
