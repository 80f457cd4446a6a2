import { aggregated } from './callback.js'

/** Works one value into an aggregate. It may change the aggregate in place, and returns it. */
export type Aggregator<K, V, A> = (aggregate: A, value: V, key: K) => A | null

/** Joins the next value to what there is. */
export type Reducer<K, V> = (aggregate: V, value: V, key: K) => V | null

/** Works a value into an aggregate, which may be changed in place; `undefined` stands for none yet. Null deletes. */
export type Fold<K, V, A> = (aggregate: A | undefined, value: V, key: K) => A | null

/** Makes one aggregate of those of two sessions, the left one of which may be none yet. */
export type Merge<K, A> = (left: A | undefined, right: A, key: K) => A | null

/** Combines the aggregates of two sessions that turn out to be one. */
export type Merger<K, A> = (left: A, right: A, key: K) => A

export const countFold: Fold<unknown, unknown, number> = (count = 0) => count + 1

export const countMerge: Merge<unknown, number> = (left = 0, right) => left + right

/** The first value is the first aggregate. */
export function reduceFold<K, V>(reducer: Reducer<K, V>): Fold<K, V, V> {
  return (aggregate, value, key) => (aggregate === undefined ? value : aggregated(reducer(aggregate, value, key)))
}

export function aggregateFold<K, V, A>(initial: () => A, add: Aggregator<K, V, A>): Fold<K, V, A> {
  return (aggregate, value, key) => aggregated(add(aggregate ?? aggregated(initial()), value, key))
}

export function aggregateMerge<K, A>(initial: () => A, merger: Merger<K, A>): Merge<K, A> {
  return (left, right, key) => aggregated(merger(left ?? aggregated(initial()), right, key))
}
