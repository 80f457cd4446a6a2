import type { StreamRecord } from '../src/record.js'
import type { Serializer } from '../src/serde/serde.js'

/** What a callback on a stream gets: the value first. It may keep the record. */
export type Callback<K, V, R> = (value: V, key: K, record: StreamRecord<K, V>) => R

/**
 * Whether a stream is partitioned by its key, so that equal keys meet in one task. `selectKey`, `mapRecord` and
 * `through` with a partitioner give `'rekeyed'`; `repartition`, `groupBy` and `shard` give `'keyed'` again.
 */
export type Partitioning = 'keyed' | 'rekeyed'

declare const message: unique symbol

/** A type that nothing has; the compiler's error shows its text. */
export interface Say<Text extends string> {
  readonly [message]: Text
}

export type NeedKeyed<Q extends Partitioning> = [Q] extends ['keyed']
  ? unknown
  : Say<'this stream is not partitioned by its key: write .repartition() (or groupBy, shard) before this join'>

/**
 * Where two sides meet by key, one of their keys is of the other's type: texts with the few that a union allows; or two
 * unions have a part in common. Records of keys that have nothing in common never meet.
 */
export type MeetingKeys<K, K2> = [K2] extends [K]
  ? unknown
  : [Extract<K, K2>] extends [never]
    ? [K] extends [K2]
      ? unknown
      : Say<'the keys of the two sides are of different types, so they never meet: give one of them another key before'>
    : unknown

/** What carries the types of a stream without any of its methods. */
export interface StreamTypes<K, V, Q extends Partitioning> {
  readonly key: K
  readonly value: V
  readonly partitioning: Q
}

export type AnyStream = { readonly '~types': StreamTypes<any, any, Partitioning> }
/** Streams by name. */
export type StreamMap = { readonly [Name in PropertyKey]: AnyStream }
export type KeyOf<S extends AnyStream> = S['~types']['key']
export type ValueOf<S extends AnyStream> = S['~types']['value']
export type PartitioningOf<S extends AnyStream> = S['~types']['partitioning']

/**
 * A serde that can write a `T`. What it reads is what it wrote, so that the types hold; and a stream of narrower values
 * can go where one of wider values is taken.
 */
export interface SerdeFor<in T> extends Serializer<T> {
  readonly deserialize: (bytes: Uint8Array) => unknown
}

/** The arguments of an operator that writes keys: their serde must be named unless it is known or they are strings. */
export type KeyArguments<K, Q extends Partitioning, Options> = [Q] extends ['keyed']
  ? [options?: Options]
  : [NonNullable<K>] extends [string]
    ? [options?: Options]
    : [options: Options & { readonly key: SerdeFor<NonNullable<K>> }]

/** A store handle that takes keys of `K` and holds values of `V`; made by `store()`. */
export interface StoreFor<in K, in V> {
  readonly name: string
  readonly key: SerdeFor<K>
  readonly value: SerdeFor<V>
}

/** What every operator that keeps state takes. */
export interface StoreOptions<K, V> {
  /** The store's name: it decides where the state lives, so that it outlasts changes of the pipeline; and makes it queryable. */
  readonly as?: string | StoreFor<K, V>
  /** `false`: every single update goes downstream. Default: updates of a key between two commits become one. */
  readonly cache?: boolean
  /** `false`: the state is not kept in a topic, and is lost with the disk. Default `true`. */
  readonly changelog?: boolean
  /**
   * Where the state lies. Default `'disk'`. What lies in memory is restored from its changelog at each start; on the embedded
   * log, which has none, it lies on the disk all the same.
   */
  readonly in?: 'disk' | 'memory'
}

/** The same where the type of the values is new, so that a serde may have to be named. */
export interface NewStoreOptions<K, V> extends StoreOptions<K, V> {
  /** How the values are written in the store. Default: as before where the type is the same, or the pipeline's default. */
  readonly value?: SerdeFor<V>
}

/** How records are written on their way to others of their key. */
export interface GroupOptions<K, V> {
  /** How the new keys are written. Default: as before, or `string`. */
  readonly key?: SerdeFor<K>
  /** How the values are written on their way. Default: as before, or the pipeline's default. */
  readonly value?: SerdeFor<V>
  /** The name of the internal topic, should there be one; otherwise it is named after the aggregate. */
  readonly as?: string
}

/** The same, and into how many partitions. */
export interface RepartitionOptions<K, V> extends GroupOptions<K, V> {
  /** The number of partitions, fixed. Default: what a join needs, or that of the topics upstream. */
  readonly partitions?: number
}
