import type { StoreSpec } from '../topology/spec.js'
import { createKeyValueStore } from './cached-store.js'
import { createJoinBuffer } from './join-buffer.js'
import type { ManagedStore } from './key-value.js'
import type { StateStore } from './state-db.js'
import { storable } from './unstorable.js'
import type { Suffix } from './suffixes.js'
import { createPendingStore } from './pending-store.js'
import { createTimeOrderedStore } from './time-ordered.js'
import { createSubscriptions } from './subscriptions.js'
import { createSuppressBuffer } from './suppress-buffer.js'
import { createVersionedStore } from './versioned.js'
import { createWindowStore } from './window-store.js'

export interface StorePlace {
  readonly db: StateStore
  /** A second store of the same task, for a kind that needs two. */
  beside(suffix: Suffix): StateStore
  readonly cache: boolean
  readonly cacheBytes: number
}

/** A store of the kind that its spec names. Operators get the same object as their kind's interface. */
export function createStore(spec: StoreSpec, place: StorePlace): ManagedStore {
  const { name } = spec
  const { db, cache, cacheBytes } = place
  // What a cached store writes is caught there.
  const isCached = spec.kind === 'key-value' || spec.kind === 'window'
  const [key, value] = isCached ? [spec.key, spec.value] : [storable(spec.key, name), storable(spec.value, name)]
  switch (spec.kind) {
    case 'key-value':
      return createKeyValueStore<any, any>({ name, key, value, db, cache, cacheBytes })
    case 'join-buffer': {
      const { span, retention } = spec
      return createJoinBuffer<any, any>({ name, key, value, db, cacheBytes, span, retention })
    }
    case 'time-ordered':
      return createTimeOrderedStore<any, any>({ name, key, value, db, cacheBytes })
    case 'window': {
      const { plainKey, retention, size, reach } = spec
      return createWindowStore<any, any>({ ...place, name, key: plainKey, value, retention, size, reach })
    }
    case 'suppress':
      return createSuppressBuffer<any, any>({ ...place, name, key, value })
    case 'subscriptions':
      return createSubscriptions<any>({ name, value, db, cacheBytes })
    case 'pending':
      return createPendingStore({ name, db, cacheBytes, operators: spec.operators })
    case 'versioned': {
      const historyDb = place.beside('~history')
      return createVersionedStore<any, any>({ name, key, value, db, historyDb, cacheBytes, history: spec.history })
    }
  }
}
