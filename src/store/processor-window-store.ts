import { SluiceError } from '../errors.js'
import type { WindowKey } from '../serde/windowed.js'
import { processorStore } from './processor-store.js'
import type { Undo } from './key-value.js'
import type { WindowStore } from './window-store.js'

/**
 * A store of windows or sessions in a processor's hands. What is older than the retention, counted back from the latest
 * window, is not there any more.
 */
export interface ProcessorWindowStore<K, V> {
  readonly name: string
  /** `undefined` where there is none. */
  get(window: WindowKey<K>): V | undefined
  /** Milliseconds since the epoch: when the value was written, in event time; `undefined` where there is none. */
  timestampOf(window: WindowKey<K>): number | undefined
  /** Writes; null deletes. The timestamp is that of the record at hand unless another is given. */
  put(window: WindowKey<K>, value: V | null, timestamp?: number): void
  /** Deletes, and answers what was there. */
  delete(window: WindowKey<K>): V | undefined
  /**
   * The windows of a key that start from `from` to `to` (both inclusive), by their start; of a session store, the sessions
   * that have any part in that, by their end.
   */
  fetch(key: K, from: number, to: number): readonly (readonly [WindowKey<K>, V])[]
  /** Everything, in byte order of the serialized key, then by time. */
  all(options?: { readonly reverse?: boolean }): AsyncIterable<readonly [WindowKey<K>, V]>
}

/**
 * @param time the timestamp of what is written now
 * @param undos takes in how each write is undone
 */
export function processorWindowStore<K, V>(
  store: WindowStore<K, V>,
  size: number | 'session',
  time: () => number,
  undos?: Undo[],
): ProcessorWindowStore<K, V> {
  const plain = processorStore<WindowKey<K>, V>(store, time, undos)
  return {
    name: store.name,
    get: window => plain.get(own(window)),
    timestampOf: window => plain.timestampOf(own(window)),
    put(window, value, timestamp) {
      checkSize(window, size, store.name)
      plain.put(own(window), value, timestamp)
    },
    delete: window => plain.delete(own(window)),
    fetch: (key, from, to) =>
      store.windowsOf(key, from, to).flatMap(bounds => {
        const window = { key, ...bounds }
        const value = store.get(window)
        return value === undefined ? [] : [[window, value] as const]
      }),
    all: options => plain.all(options),
  }
}

/** The store takes it that a window stays as it is; a processor may use one object for many. */
function own<K>({ key, start, end }: WindowKey<K>): WindowKey<K> {
  return { key, start, end }
}

function checkSize({ start, end }: WindowKey<unknown>, size: number | 'session', store: string): void {
  if (size === 'session' || end - start === size) return
  throw new SluiceError('BAD_ARGUMENT', `a window from ${start} to ${end} in a store of windows of ${size} ms`, {
    place: { store },
    hint: `its end is its start + ${size}; sessionStore() takes windows of any length`,
  })
}
