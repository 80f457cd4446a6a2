import { rxjs } from '../rxjs.js'
import type { Serde } from '../serde/serde.js'
import type { StateRange } from '../store/state-db.js'
import { timestampBytes } from '../store/stored.js'
import { unpartitionedBytes } from '../serde/windowed.js'
import { fetchWindows } from './fetch-windows.js'
import { checkAllHere, inOrder, placesOf } from './key-places.js'
import type { StoreReader } from './reader.js'

/** Committed bytes of one partition of a store, in this thread or in another one. */
export interface StateReader {
  get(key: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** Entries in byte order of the key. */
  entries(range?: StateRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>
}

/** What a reader needs of the pipeline: its tasks' databases, by partition. */
export interface StoreAccess<K, V> {
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
  partitions(): number
  /** By what a key's bytes choose its partition. */
  placement(): 'murmur2' | 'rendezvous' | 'unknown'
  /** Whether it holds sessions, which are found by any part of them; windows are found by their start. */
  readonly sessions?: boolean
  /** The partitions that this process has now. */
  local(): ReadonlyMap<number, StateReader>
  /** Calls `look` after each commit, and `end` at the end of the pipeline, with what stopped it. The answer stops it. */
  follow(look: () => void, end: (error?: Error) => void): () => void
}

export function storeReader<K, V>(access: StoreAccess<K, V>): StoreReader<K, V> {
  const { key, value } = access
  const decode = (bytes: Uint8Array): V => value.deserialize(bytes.subarray(timestampBytes))
  const unpartitioned = unpartitionedBytes(key)
  const find = (bytes: Uint8Array): ReturnType<StateReader['get']> => {
    const places = placesOf(access, bytes, bytes.length - unpartitioned)
    const [only] = places
    return access.placement() === 'unknown' ? search(places, bytes) : only!.get(bytes)
  }
  const search = async (places: readonly StateReader[], bytes: Uint8Array): Promise<Uint8Array | undefined> => {
    for (const store of places) {
      const found = await store.get(bytes)
      if (found !== undefined) return found
    }
    checkAllHere(access)
    return undefined
  }
  const get = async (k: K): Promise<V | undefined> => {
    const found = await find(key.serialize(k))
    return found === undefined ? undefined : decode(found)
  }
  return {
    get,
    async *range(from, to) {
      const range = {
        ...(from == null ? {} : { gte: key.serialize(from) }),
        // The range ends after `to`: a zero byte more is the next key in byte order.
        ...(to == null ? {} : { lt: Buffer.concat([key.serialize(to), Buffer.of(0)]) }),
      }
      for (const store of inOrder(access.local())) {
        for await (const [k, v] of store.entries(range)) yield [key.deserialize(k), decode(v)]
      }
    },
    async *all() {
      for (const store of inOrder(access.local())) {
        for await (const [k, v] of store.entries()) yield [key.deserialize(k), decode(v)]
      }
    },
    fetch: (plain, from, to) => fetchWindows(access, plain, from, to),
    watch: k =>
      new (rxjs().Observable)(subscriber => {
        const bytes = key.serialize(k)
        let last: Uint8Array | null | undefined = null
        let asking = false
        let again = false
        const tell = (found: Uint8Array | undefined): void => {
          if (last !== null && same(last, found)) return
          last = found
          subscriber.next(found === undefined ? undefined : decode(found))
        }
        const look = (): void => {
          again = asking
          if (asking) return
          try {
            const found = find(bytes)
            if (found instanceof Promise) ask(found)
            else tell(found)
          } catch (error) {
            subscriber.error(error)
          }
        }
        /** Answers come in the order of the commits, though some may be skipped. */
        const ask = (found: Promise<Uint8Array | undefined>): void => {
          asking = true
          found
            .then(tell)
            .catch((error: unknown) => subscriber.error(error))
            .finally(() => {
              asking = false
              if (again) look()
            })
        }
        look()
        return access.follow(look, error => (error === undefined ? subscriber.complete() : subscriber.error(error)))
      }),
  }
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0
}
