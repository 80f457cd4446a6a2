import type { KeyValueStore } from '../store/key-value.js'
import { processorStore, processorVersionedStore } from '../store/processor-store.js'
import type { VersionedStore } from '../store/versioned.js'

/** A task's store as a processor sees it, for a test to look into and to fill. */
export function readableFor(store: unknown, time: () => number): unknown {
  return 'at' in (store as object)
    ? processorVersionedStore(store as VersionedStore<unknown, unknown>, time)
    : processorStore(store as KeyValueStore<unknown, unknown>, time)
}
