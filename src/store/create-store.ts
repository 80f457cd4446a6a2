import type { Serde } from '../serde/serde.js'
import { createKeyValueStore } from './cached-store.js'
import type { ManagedStore } from './key-value.js'
import type { StateStore } from './state-db.js'

/** What a topology says of a store, as far as making it goes. */
export interface StoreShape {
  readonly kind: 'key-value'
  readonly name: string
  readonly key: Serde<any>
  readonly value: Serde<any>
}

export interface StorePlace {
  readonly db: StateStore
  readonly cache: boolean
  readonly cacheBytes: number
}

/** A store of the kind that its spec names. Operators get the same object as their kind's interface. */
export function createStore(spec: StoreShape, place: StorePlace): ManagedStore {
  const { name, key, value } = spec
  return createKeyValueStore<any, any>({ name, key, value, ...place })
}
