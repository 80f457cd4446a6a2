import type { Observable } from 'rxjs'

/** A handle that names a store and carries the types of its keys and values. */
export interface StoreRef<K, V> {
  readonly name: string
  readonly '~types'?: { readonly key: K; readonly value: V }
}

/** Reads a store of a running pipeline: committed state of the tasks that this process has. */
export interface StoreReader<K, V> {
  /** `undefined` where there is none. @throws SluiceError NOT_RUNNING when another process holds that key's task */
  get(key: K): Promise<V | undefined>
  /** Entries from `from` to `to` (both inclusive) in byte order of the key within each partition, partition after partition. */
  range(from: K, to: K): AsyncIterable<[K, V]>
  all(): AsyncIterable<[K, V]>
  /** The value now and after each commit that changes it; `undefined` when it is deleted. */
  watch(key: K): Observable<V | undefined>
}
