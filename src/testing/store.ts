import { SluiceError } from '../errors.js'
import { windowsOf } from '../query/fetch-windows.js'
import type { PlainKey } from '../query/reader.js'
import type { Instance } from '../runtime/instance.js'
import type { WindowKey } from '../serde/windowed.js'
import type { VersionedStore } from '../store/versioned.js'

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

  /** The value that a table with a `history`, or a versioned store, had at that time. @throws SluiceError UNSUPPORTED */
  at(key: K, time: number): V | undefined {
    for (const store of this.#instance().storesOf<K, V>(this.#name)) {
      if (!('at' in store)) {
        throw new SluiceError('UNSUPPORTED', `store "${this.#name}" keeps no former values`, {
          place: { store: this.#name },
          hint: "tables with { history: '1h' } and versionedStore(…) do",
        })
      }
      const value = (store as unknown as VersionedStore<K, V>).at(key, time)
      if (value !== undefined) return value
    }
    return undefined
  }

  /** The windows of a key that start from `from` to `to` (both inclusive, open where left out), or its sessions there. */
  async fetch(key: PlainKey<K>, from: number = 0, to: number = Number.POSITIVE_INFINITY): Promise<[K, V][]> {
    const spec = this.#instance().storeSpec(this.#name)
    const { plain } = windowsOf(this.#name, spec.key)
    const isSession = 'size' in spec && spec.size === 'session'
    // Equal keys are those that are written alike, as everywhere.
    const bytes = plain.serialize(key)
    const all = (await this.all()) as [K & WindowKey<unknown>, V][]
    return all.filter(([window]) => {
      const first = isSession ? window.end : window.start
      return Buffer.compare(plain.serialize(window.key), bytes) === 0 && first >= from && window.start <= to
    })
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
