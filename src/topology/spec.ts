import type { Operator, Splitter } from '../operators/operator.js'
import type { StreamRecord } from '../record.js'
import type { Serde, Serializer } from '../serde/serde.js'

/**
 * A lowered pipeline: what the engine runs. Frozen data plus the operators' factories; nothing here knows the DSL.
 * Nodes come parents first. Names are unique among nodes (the outputs of splits included) and among stores. An entry of
 * `parents` is the name of a node, or of an output of a split.
 */
export interface TopologySpec {
  readonly application: string
  readonly nodes: readonly NodeSpec[]
  readonly stores: readonly StoreSpec[]
  readonly repartitions: readonly RepartitionSpec[]
  /** Tables of which every instance has a full copy; operators find them by their names, as they find stores. */
  readonly globals?: readonly GlobalTableSpec[]
  /** Source topics that meet in one task by key: the same number of partitions and the same partitioner. */
  readonly copartitions: readonly Copartition[]
  /** Where sources of one task do not go by time. */
  readonly choices?: readonly InputChoiceSpec[]
  /** Where worker threads find the pipeline again: `import.meta.url` of the module that exports it. */
  readonly module?: string | undefined
}

/** What `start`, the test driver and the shell accept: anything that can be lowered. */
export interface Lowerable {
  /** Seals the pipeline. @throws SluiceError BAD_TOPOLOGY, NO_SERDE with the line to write */
  lower(): TopologySpec
}

export type NodeSpec = SourceSpec | OperatorSpec | SplitSpec | SinkSpec

interface NodeBase {
  readonly name: string
  /** `file:line:column` of the user's chain, where known. */
  readonly line: string | undefined
  readonly onFailure: FailurePolicy
}

/** Reads topics. All uses of one topic share one source. */
export interface SourceSpec extends NodeBase {
  readonly kind: 'source'
  readonly topics: readonly string[] | RegExp
  readonly key: Serde<any>
  readonly value: Serde<any>
  /** Milliseconds since the epoch for a record; the record's own timestamp where left out. */
  readonly timestamp: ((value: any, key: any, record: StreamRecord<any, any>) => number) | undefined
  /** Within a partition times never go back: a record whose time does cannot be worked on. */
  readonly ascending?: boolean | undefined
  /** Where to begin without a committed position. A number is a time in milliseconds since the epoch. */
  readonly from: StartFrom
  /** Without a record for so many milliseconds of the wall clock, stream time goes on with it. Left out: it stands. */
  readonly idleAfter?: number | undefined
  /** Its records before or after those of others; level 0 and weight 1 where left out. */
  readonly priority?: Priority | undefined
  /** Records a second that are taken in at most, of all its partitions together. */
  readonly rate?: number | undefined
  /** Its tenants take turns. */
  readonly fair?: FairShare | undefined
}

/** Whose a record is, and how many records of a partition are looked at ahead for the next of each. */
export interface FairShare {
  readonly by: (value: any, key: any) => unknown
  readonly lookAhead: number
}

/** A higher level goes first; within one, turns are in proportion to the weights. */
export interface Priority {
  readonly level: number
  readonly weight: number
}

export type StartFrom = 'earliest' | 'latest' | { readonly time: number } | { readonly back: number }

/** Does something with records or with changes of a table. */
export interface OperatorSpec extends NodeBase {
  readonly kind: 'operator'
  /** For `describe()`: `filter`, `count`, `join`, … */
  readonly type: string
  readonly parents: readonly string[]
  /** What it writes or looks into. A store's owner, which alone writes it, comes before all other nodes that name it. */
  readonly stores: readonly string[]
  readonly operator: Operator
  /** What it looks at and what it passes on unchanged; bytes that nothing looks at are never decoded. */
  readonly uses: Uses
}

/** Hands each record to one of several outputs, or to none. Only the outputs can be parents, not the node itself. */
export interface SplitSpec extends NodeBase {
  readonly kind: 'split'
  readonly type: string
  readonly parents: readonly string[]
  /** One name per output, in the order that the splitter gets them; children name it among their parents. */
  readonly outputs: readonly string[]
  readonly splitter: Splitter
  /** As an operator's; none where left out. */
  readonly stores?: readonly string[]
  /** `passes*` hold for every output. */
  readonly uses: Uses
}

/** `key: true`: the operator (or a callback in it) may look at the key; `'bytes'`: it only asks its first store for it, which
 * finds it by its bytes. `passes*`: what goes on is what came in, as
 * part of the same record; so an operator that answers from a store (`count`, a table source) passes neither. */
export interface Uses {
  readonly key: boolean | 'bytes'
  readonly value: boolean
  readonly passesKey: boolean
  readonly passesValue: boolean
  /** A callback that is called for what it does, as that of `peek`, may change the value in place. */
  readonly mayChange?: true
  /** Set where the old value of a table's change is neither looked at nor passed on. */
  readonly old?: false
  /** Set where the node's first store is asked for the record's key: it may be fetched ahead. */
  readonly byKey?: true
}

/** Writes to a topic. */
export interface SinkSpec extends NodeBase {
  readonly kind: 'sink'
  readonly parents: readonly string[]
  readonly topic: string | ((value: any, key: any, record: StreamRecord<any, any>) => string)
  readonly key: Serializer<any>
  readonly value: Serializer<any>
  /** `rendezvous`: by rendezvous hashing of the key bytes, which no function needs to see. */
  readonly partitioner: Partitioner | 'rendezvous' | undefined
  /** Set for the sink of a repartition: the topic carries the application's prefix and is made by the engine. */
  readonly repartition: string | undefined
}

/** The partition of a record, `0 ≤ p < partitions`. Without one: Java's murmur2 of the key bytes; without a key, by turns. */
export type Partitioner = (key: any, value: any, partitions: number, keyBytes: Uint8Array | null) => number

/** A store of a task, by its kind; `createStore` makes it. */
export type StoreSpec =
  | KeyValueStoreSpec
  | JoinBufferSpec
  | TimeOrderedStoreSpec
  | VersionedStoreSpec
  | WindowStoreSpec
  | SuppressBufferSpec
  | SubscriptionsSpec
  | PendingStoreSpec

export interface StoreBase {
  readonly name: string
  readonly key: Serde<any>
  readonly value: Serde<any>
  /** Whether changes are held back and told once per commit. The test driver always says no. */
  readonly cache: boolean
  /** `false`: not kept; `{ source }`: the topic that the table reads serves as its changelog. */
  readonly changelog: boolean | { readonly source: string }
  /** Beside a changelog of its own: the topic whose rows these are, all of them; `asTheyAre` with their very bytes and times. */
  readonly rowsOf?: { readonly topic: string; readonly asTheyAre: boolean } | undefined
  readonly in: 'disk' | 'memory'
  readonly line: string | undefined
}

export interface KeyValueStoreSpec extends StoreBase {
  readonly kind: 'key-value'
}

/** One side of a join of streams: records by key and time. */
export interface JoinBufferSpec extends StoreBase {
  readonly kind: 'join-buffer'
  /** How far apart in time partners may be: `before` and `after` together, in milliseconds. */
  readonly span: number
  /** How long a record is kept after stream time has reached it, in milliseconds. */
  readonly retention: number
}

/** Entries that are taken out in the order of their time: what waits for a window to close, or for a grace to pass. */
export interface TimeOrderedStoreSpec extends StoreBase {
  readonly kind: 'time-ordered'
  /** Set where its entries are records of the stream, which are lost without the operator that holds them back. */
  readonly records?: true
}

/** A table with the history of its values. */
export interface VersionedStoreSpec extends StoreBase {
  readonly kind: 'versioned'
  /** How far back a value can be asked for, in milliseconds. */
  readonly history: number
}

/** Aggregates by key and window, or by key and session. `key` is that of the windows. */
export interface WindowStoreSpec extends StoreBase {
  readonly kind: 'window'
  /** Of the keys without their windows. */
  readonly plainKey: Serde<any>
  /** Milliseconds, infinity for ever: a window expires so long after its start, a session after its end. */
  readonly retention: number
  /** `end - start` of every window, in milliseconds; `session`: each has its own. */
  readonly size: number | 'session'
  /** Set for sliding windows, which look for others of their key: how far, about, in milliseconds. */
  readonly reach?: number | undefined
}

/** Changes of a table that wait to be told. */
export interface SuppressBufferSpec extends StoreBase {
  readonly kind: 'suppress'
}

/** What rows of one table have subscribed to rows of another. */
export interface SubscriptionsSpec extends StoreBase {
  readonly kind: 'subscriptions'
}

/** What operators have taken in and not finished. */
export interface PendingStoreSpec extends StoreBase {
  readonly kind: 'pending'
  /** The nodes whose entries it holds. */
  readonly operators: readonly string[]
}

/** A topic as a table that every instance holds in full. It belongs to no sub-topology. */
export interface GlobalTableSpec {
  /** Of the store. */
  readonly name: string
  readonly topic: string
  readonly key: Serde<any>
  readonly value: Serde<any>
  readonly in: 'disk' | 'memory'
  readonly onFailure: FailurePolicy
  readonly line: string | undefined
}

/** A topic between two sub-topologies: `<application>-<name>-repartition`. */
export interface RepartitionSpec {
  readonly name: string
  readonly topic: string
  /** Fixed by the user; otherwise the largest number of partitions among the topics upstream, or what a join needs. */
  readonly partitions: number | undefined
  /** Name of the partitioner, so that co-partitioning can be checked. `murmur2` is that of topics which others write. */
  readonly partitioner: string
  /** The zones in which its partitions are worked on, by turns: partition `p` in zone `p % zones.length`. */
  readonly zones?: readonly string[] | undefined
}

export interface Copartition {
  /** Full topic names. */
  readonly topics: readonly string[]
  /** The operator that needs it. */
  readonly operator: string
  readonly line: string | undefined
  /** `number`: records come back to the partition that they were asked from, wherever that lies; the counts have to fit. */
  readonly by?: 'key' | 'number'
}

/** Inputs that are merged by turns instead of by time: names of sources, and how much each group of them weighs. */
export interface InputChoiceSpec {
  readonly inputs: readonly { readonly sources: readonly string[]; readonly weight: number }[]
  /** The merge that asks for it. */
  readonly operator: string
  readonly line: string | undefined
}

/** What happens to a record that an operator cannot work on. A dead-letter topic takes the source record as it came. */
export type FailurePolicy =
  | { readonly kind: 'stop' }
  | { readonly kind: 'skip' }
  | { readonly kind: 'dead-letter'; readonly topic: string }
