import type { Serde } from '../serde/serde.js'
import { createKeyValueStore } from '../store/cached-store.js'
import type { KeyValueStore } from '../store/key-value.js'
import { processorStore, processorVersionedStore, type StoreHandle } from '../store/processor-store.js'
import { processorWindowStore } from '../store/processor-window-store.js'
import type { StateDb } from '../store/state-db.js'
import { createVersionedStore, type VersionedStore } from '../store/versioned.js'
import { createWindowStore, type WindowStore } from '../store/window-store.js'

/** A store as `store()`, `versionedStore()`, `windowStore()` and `sessionStore()` make it. */
export interface MockStore extends StoreHandle<any> {
  readonly key: Serde<any>
  readonly value: Serde<any>
  readonly history?: number
  readonly plainKey?: Serde<any>
  readonly size?: number | 'session'
  readonly retention?: number
}

const cacheBytes = 1 << 20

/** The store as a task would have it. */
export function openMock({ name, key, value, history, plainKey, size, retention }: MockStore, state: StateDb): unknown {
  const db = state.store(name)
  const beside = (suffix: string) => state.store(name + suffix)
  if (size !== undefined) {
    const reach = size === 'session' ? undefined : size
    const windows = { size, reach, retention: retention! }
    return createWindowStore({ name, key: plainKey!, value, db, beside, cache: false, cacheBytes, ...windows })
  }
  if (history === undefined) return createKeyValueStore({ name, key, value, db, cache: false, cacheBytes })
  return createVersionedStore({ name, key, value, db, historyDb: beside('~history'), cacheBytes, history })
}

/** A task's store as a processor sees it, for a test to look into and to fill. */
export function readableFor(store: unknown, size: number | 'session' | undefined, time: () => number): unknown {
  if (size !== undefined) return processorWindowStore(store as WindowStore<unknown, unknown>, size, time)
  return 'at' in (store as object)
    ? processorVersionedStore(store as VersionedStore<unknown, unknown>, time)
    : processorStore(store as KeyValueStore<unknown, unknown>, time)
}
