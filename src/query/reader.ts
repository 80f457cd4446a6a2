import type { Observable } from 'rxjs'
import type { WindowKey } from '../serde/windowed.js'

/** A handle that names a store and carries the types of its keys and values. */
export interface StoreRef<K, V> {
  readonly name: string
  readonly '~types'?: { readonly key: K; readonly value: V }
}

/** What a window is of. */
export type PlainKey<K> = unknown extends K ? unknown : K extends WindowKey<infer Plain> ? Plain : never

/** Reads a store of a running pipeline: committed state of the tasks that this process has. */
export interface StoreReader<K, V> {
  /**
   * `undefined` where there is none.
   *
   * @throws SluiceError NOT_RUNNING when another process holds that key's task
   * @example
   * const count = await app.query(seen).get('page-7')
   */
  get(key: K): Promise<V | undefined>
  /**
   * Entries from `from` to `to` (both inclusive; left out or null, that end is open) in byte order of the key within each
   * partition, partition after partition.
   *
   * @throws SluiceError NOT_RUNNING
   * @example
   * for await (const [page, count] of app.query(seen).range('page-1', 'page-9')) console.log(page, count)
   */
  range(from?: K | null, to?: K | null): AsyncIterable<[K, V]>
  /** Every entry of the tasks that this process has, in the same order. */
  all(): AsyncIterable<[K, V]>
  /**
   * The windows of a key that start from `from` to `to`, or the sessions that have a part in that time, by their end. Both
   * bounds are inclusive, in milliseconds since the epoch; left out, they are open. Only for stores whose keys are windows.
   *
   * @throws SluiceError NOT_RUNNING, UNSUPPORTED, BAD_ARGUMENT for what is no time
   * @example
   * for await (const [{ start }, count] of app.query(perMinute).fetch('page-7', Date.now() - 3_600_000)) console.log(start, count)
   */
  fetch(key: PlainKey<K>, from?: number | Date, to?: number | Date): AsyncIterable<[K, V]>
  /**
   * The value now and after each commit that changes it; `undefined` when it is deleted. Ends when the pipeline is closed,
   * and fails with what stopped it, or with NOT_RUNNING when the key's task goes to another process.
   *
   * @example
   * app.query(seen).watch('page-7').subscribe(count => console.log(count))
   */
  watch(key: K): Observable<V | undefined>
}
