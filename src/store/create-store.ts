import type { StoreSpec } from '../topology/spec.js'
import { createKeyValueStore } from './cached-store.js'
import type { ManagedStore } from './key-value.js'
import type { StateStore } from './state-db.js'

export interface StorePlace {
  readonly db: StateStore
  readonly cache: boolean
  readonly cacheBytes: number
}

/** A store of the kind that its spec names. Operators get the same object as their kind's interface. */
export function createStore(spec: StoreSpec, place: StorePlace): ManagedStore {
  const { name, key, value } = spec
  return createKeyValueStore<any, any>({ name, key, value, ...place })
}
