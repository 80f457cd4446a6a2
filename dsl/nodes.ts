import type { Operator, Splitter } from '../src/operators/operator.js'
import type { JoinWindow, StreamJoinStores } from '../src/operators/stream-join.js'
import type { ProcessorStoreUse } from '../src/operators/processor-context.js'
import type { RetryPolicy } from '../src/operators/calls/retry-policy.js'
import type { StreamRecord } from '../src/record.js'
import type { TableView } from '../src/operators/table-view.js'
import type { Windows } from '../src/operators/windows/definitions.js'
import type { Serde } from '../src/serde/serde.js'
import type { FailurePolicy, Partitioner, FairShare, Priority, StartFrom, Uses } from '../src/topology/spec.js'
import type { Sink } from './topic.js'

/**
 * A pipeline as the user wrote it: frozen nodes that point at their parents, so that a stream can be used any number of
 * times and nothing behind it changes. Few and structural: what an operator does is in its `operator`, which no pass
 * looks into.
 */
export type Node =
  | SourceNode
  | StepNode
  | SplitNode
  | BranchNode
  | MergeNode
  | RepartitionNode
  | TableSourceNode
  | StatefulNode
  | TableStepNode
  | JoinNode
  | TableJoinNode
  | ForeignJoinNode
  | StreamJoinNode
  | LateNode
  | CogroupNode
  | SuppressNode
  | ProcessNode
  | DedupeNode
  | AllNode
  | DelayNode
  | EveryNode
  | GlobalTableNode
  | GlobalJoinNode
  | CoverNode
  | RetryNode
  | CallNode
  | SinkNode

/** How keys or values are written, and who said so. Without a serde, `why` says what took it away. */
export interface SerdeChoice {
  readonly serde: Serde<any> | undefined
  readonly why: string
}

interface Base {
  readonly parents: readonly Node[]
  /** `file:line:column` of the user's call. */
  readonly line: string | undefined
  /** How the records that leave this node would be written. */
  readonly key: SerdeChoice
  readonly value: SerdeChoice
}

/** Topics, read. There is one node per topic, whoever reads it. */
export interface SourceNode extends Base {
  readonly kind: 'source'
  readonly parents: readonly []
  readonly topic: string | RegExp
  readonly options: SourceOptions
}

/** What a source was asked for; `undefined` where the user said nothing, so that two uses can be brought together. */
export interface SourceOptions {
  readonly from: StartFrom | undefined
  readonly timestamp: ((value: any, key: any, record: StreamRecord<any, any>) => number) | undefined
  readonly ascending?: boolean | undefined
  /** Milliseconds. */
  readonly idleAfter?: number | undefined
  readonly priority?: Priority | undefined
  /** Records a second. */
  readonly rate?: number | undefined
  readonly fair?: FairShare | undefined
}

/** One record in, any number out, nothing kept. */
export interface StepNode extends Base {
  readonly kind: 'step'
  readonly type: string
  readonly operator: Operator
  readonly uses: Uses
  readonly rekeys: boolean
  /** Nothing follows. */
  readonly ends: boolean
  /** The user's function, by which two equal steps can be told to be one. */
  readonly callback: unknown
}

/** Each record to one of the outputs; a branch node stands for each. */
export interface SplitNode extends Base {
  readonly kind: 'split'
  readonly outputs: readonly string[]
  readonly splitter: Splitter
  readonly uses: Uses
}

/** A named branch of a split or of a copy. */
export interface BranchNode extends Base {
  readonly kind: 'branch'
  readonly name: string
}

export interface MergeNode extends Base {
  readonly kind: 'merge'
  /** By turns in this proportion; the oldest record first where left out. */
  readonly weights?: readonly number[] | undefined
}

/** Through an internal topic, so that equal keys meet in one task. */
export interface RepartitionNode extends Base {
  readonly kind: 'repartition'
  readonly type: 'repartition' | 'shard' | 'groupBy'
  readonly as: string | undefined
  readonly partitions: number | undefined
  /** Where records go: by Java's murmur2 of their keys, which others use too, or as a shard is chosen. */
  readonly placement: Placement
  /** Where the partitions are worked on. */
  readonly zones?: readonly string[] | undefined
  /** `change`: carries the old and the new value of a table, for the subtractor and the adder. */
  readonly carries: 'record' | 'change'
}

/** How the partition of a key is chosen; a function gets the key and the number of partitions. */
export type Placement = 'murmur2' | 'rendezvous' | ((key: any, partitions: number) => number)

/** What a user said of a store. */
export interface StoreWish {
  readonly as: string | undefined
  readonly key: SerdeChoice
  readonly value: SerdeChoice
  readonly cache: boolean
  readonly changelog: boolean
  readonly in: 'disk' | 'memory'
}

/** Reads records as the changes of a table; kept only where it is named or someone must look it up. */
export interface TableSourceNode extends Base {
  readonly kind: 'table-source'
  readonly type: 'table'
  readonly store: StoreWish
  /** As it was asked for; `store` knows whether there is one at all. */
  readonly changelog: boolean | 'topic'
  /** How far back the versions of a versioned table go, in milliseconds. */
  readonly history: number | undefined
}

/** Keeps a table: an aggregate, or the table of a stream. */
export interface StatefulNode extends Base {
  readonly kind: 'stateful'
  readonly type: 'toTable' | 'count' | 'reduce' | 'aggregate'
  readonly store: StoreWish
  /** Set for an aggregate over windows. */
  readonly windows?: WindowWish
  readonly operator: (store: string) => Operator
  readonly uses: Uses
}

/** What a user said of an aggregate over windows. Times are milliseconds. */
export interface WindowWish {
  readonly windows: Windows
  readonly retention: number
  readonly emit: 'update' | 'final'
  /** How the keys are written without their windows. */
  readonly plainKey: SerdeChoice
}

/** The records that come too late for their windows. */
export interface LateNode extends Base {
  readonly kind: 'late'
  readonly type: 'late'
  readonly store: StoreWish
  readonly windows: WindowWish
  readonly operator: (store: string) => Operator
}

/** One aggregate of several streams; each parent has an operator of its own, and they share the store. */
export interface CogroupNode extends Base {
  readonly kind: 'cogroup'
  readonly type: 'cogroup'
  readonly store: StoreWish
  readonly windows: WindowWish | undefined
  readonly side: (store: string, index: number) => Operator
}

/** Holds the changes of a table back. `store` is what holds them. */
export interface SuppressNode extends Base {
  readonly kind: 'suppress'
  readonly type: 'suppress'
  readonly store: StoreWish
  readonly operator: (options: { readonly store: string; readonly sendOld: boolean }) => Operator
}

/** A table from a table, entry by entry; kept only where it is named or someone must look it up. */
export interface TableStepNode extends Base {
  readonly kind: 'table-step'
  readonly type: 'filter' | 'filterNot' | 'map'
  readonly store: StoreWish
  readonly operator: (options: {
    readonly store: string | undefined
    readonly sendOld: boolean
    readonly versioned: boolean
  }) => Operator
  /** The same rows, computed at each look-up from those above. */
  readonly view: (of: TableView) => TableView
}

/** Looks a stream's records up in a table. Parents: the stream, the table. */
export interface JoinNode extends Base {
  readonly kind: 'join'
  readonly type: 'join' | 'leftJoin'
  readonly operator: (table: TableView, buffer: string | undefined) => Operator
  /** Set where records wait for a versioned table. */
  readonly held: { readonly as: string | undefined; readonly value: SerdeChoice } | undefined
  readonly uses: Uses
}

/** Two tables of one key. Parents: left, right. */
export interface TableJoinNode extends Base {
  readonly kind: 'table-join'
  readonly type: 'join' | 'leftJoin' | 'outerJoin'
  readonly store: StoreWish
  readonly side: (side: 'left' | 'right', other: TableView, sendOld: boolean) => Operator
}

/** A table with the rows of another that its values name. Parents: left, right. */
export interface ForeignJoinNode extends Base {
  readonly kind: 'foreign-join'
  readonly type: 'join' | 'leftJoin'
  readonly store: StoreWish
  readonly subscribe: (serdes: {
    readonly value: Serde<any>
    readonly foreignKey: Serde<any>
    readonly primaryKey: Serde<any>
  }) => Operator
  readonly answer: (how: SubscriptionPlace & { readonly table: TableView }) => Operator
  readonly tell: (how: SubscriptionPlace) => Operator
  readonly join: (how: {
    readonly table: TableView
    readonly value: Serde<any>
    readonly primaryKey: Serde<any>
  }) => Operator
}

/** Where the subscriptions to foreign rows are kept. */
export interface SubscriptionPlace {
  readonly store: string
  readonly foreignKey: Serde<any>
  readonly primaryKey: Serde<any>
}

/** Holds records back until a time of the wall clock. */
export interface DelayNode extends Base {
  readonly kind: 'delay'
  readonly type: 'delay' | 'deliverAt'
  readonly store: { readonly as: string | undefined; readonly key: SerdeChoice; readonly value: SerdeChoice }
  readonly operator: (store: string) => Operator
}

/** Fires at the times of a cron line. */
export interface EveryNode extends Base {
  readonly kind: 'every'
  readonly type: 'every'
  readonly parents: readonly []
  readonly store: { readonly as: string | undefined }
  readonly operator: (store: string, topic: string) => Operator
}

/** A topic as a table that every instance holds in full. */
export interface GlobalTableNode extends Base {
  readonly kind: 'global-table'
  readonly type: 'globalTable'
  readonly parents: readonly []
  readonly topic: string
  readonly store: StoreWish
}

/** Looks a stream's records up in a global table. Parents: the stream, the table. */
export interface GlobalJoinNode extends Base {
  readonly kind: 'global-join'
  readonly type: 'join' | 'leftJoin'
  readonly operator: (table: string) => Operator
  readonly uses: Uses
}

/** Two streams of one key, in time. Parents: left, right. */
export interface StreamJoinNode extends Base {
  readonly kind: 'stream-join'
  readonly type: 'join' | 'leftJoin' | 'outerJoin'
  readonly as: string | undefined
  readonly window: JoinWindow
  /** How the values that wait are written. */
  readonly buffers: {
    readonly left: SerdeChoice
    readonly right: SerdeChoice
    readonly changelog: boolean
    readonly in: 'disk' | 'memory'
  }
  readonly side: (side: 'left' | 'right', stores: StreamJoinStores) => Operator
}

/** Code of the user's own. With outputs, a branch node stands for each; otherwise the node itself goes on. */
export interface ProcessNode extends Base {
  readonly kind: 'process'
  readonly type: 'process' | 'processValues'
  /** Names of declared stores, and of those of tables. */
  readonly stores: readonly string[]
  readonly outputs: readonly string[]
  readonly rekeys: boolean
  readonly splitter: (stores: readonly ProcessorStoreUse[], isRetried: boolean) => Splitter
}

/** Leaves out what has passed before. */
export interface DedupeNode extends Base {
  readonly kind: 'dedupe'
  readonly type: 'dedupe'
  readonly store: {
    readonly as: string | undefined
    readonly key: SerdeChoice
    readonly changelog: boolean
    readonly in: 'disk' | 'memory'
    readonly span: number
    readonly retention: number
    readonly keySerde: (key: Serde<any>) => Serde<any>
  }
  readonly operator: (store: string) => Operator
}

/** Waits for all parts of a key; each parent has an operator that makes its records parts. */
export interface AllNode extends Base {
  readonly kind: 'all'
  readonly type: 'merge.all'
  readonly store: {
    readonly as: string | undefined
    readonly key: SerdeChoice
    readonly changelog: boolean
    readonly in: 'disk' | 'memory'
  }
  readonly sides: readonly Operator[]
  /** How the values of each parent wait. */
  readonly values: readonly SerdeChoice[]
  readonly operator: (stores: { readonly parts: string; readonly waits: string }) => Operator
}

/** Says what happens to records that the nodes above cannot work on, back to the previous such node or the source. */
export interface CoverNode extends Base {
  readonly kind: 'cover'
  readonly type: 'deadLetter' | 'skip'
  readonly policy: FailurePolicy
}

/** Tries again what the nodes above fail to do, back to the previous such node, the source or a repartition. */
export interface RetryNode extends Base {
  readonly kind: 'retry'
  readonly type: 'retry'
  readonly policy: RetryPolicy
  readonly limit: { readonly records: number; readonly bytes: number }
  readonly store: { readonly as: string | undefined }
  /** Set where the pipeline was asked for it: then what counts is what lies behind its parent and no other retry covers. */
  readonly isOfPipeline?: true
}

/** Calls something outside. */
export interface CallNode extends Base {
  readonly kind: 'call'
  readonly type: 'mapAsync' | 'effect'
  readonly store: { readonly as: string | undefined; readonly key: SerdeChoice; readonly value: SerdeChoice }
  readonly operator: (where: CallPlace) => Operator
}

/** Where calls wait, and whether they are tried again. */
export interface CallPlace {
  readonly store: string
  readonly key: Serde<any>
  readonly value: Serde<any>
  readonly retry: RetryPolicy | undefined
}

export interface SinkNode extends Base {
  readonly kind: 'sink'
  readonly target: Sink<any, any> | ((value: any, key: any, record: StreamRecord<any, any>) => Sink<any, any>)
  readonly partitioner: Partitioner | undefined
}
