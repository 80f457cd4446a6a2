import type { SluiceError } from '../errors.js'
import type { Clock } from '../time.js'
import type { TopicPartition } from '../record.js'
import type { BatchBuilder } from './batch/builder.js'
import type { RecordBatch } from './batch/batch.js'
import type { StateBatch, StateDb } from '../store/state-db.js'

/**
 * A partitioned log: what the engine runs on. Three implementations (memory, embedded, Kafka) pass one contract suite.
 * All of them carry the same record batches (Kafka's format v2).
 */
export interface Log {
  readonly kind: 'memory' | 'embedded' | 'kafka'
  /** Where this log commits state together with records, in one atomic write; absent where it cannot (Kafka, memory). */
  readonly state?: StateDb
  /** The largest record batch the log takes, in bytes. */
  readonly maxBatchBytes: number
  /** Milliseconds until the log aborts a transaction that is left open; absent where it never does. */
  readonly transactionTimeout?: number

  readonly topics: Topics
  /**
   * Committed positions of a group; none for a partition without one.
   *
   * @param when `stable` where it is not given. An owner at work has a transaction open most of the time, so whoever only
   *   looks on asks for `now`
   */
  committed(
    group: string,
    partitions: readonly TopicPartition[],
    when?: Stability,
  ): Promise<ReadonlyMap<string, Position>>
  /** The position of every partition that the group has one of, as it is now: waits for no transaction. */
  allCommitted(group: string): Promise<readonly (TopicPartition & Position)[]>
  /** The first offset still held, by `partitionId`. */
  startOffsets(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>>
  /** The offset after the last readable record, by `partitionId`. */
  endOffsets(partitions: readonly TopicPartition[], isolation: Isolation): Promise<ReadonlyMap<string, number>>
  /** The first offset whose record is not older than `timestamp`; the end where there is none. By `partitionId`. */
  offsetsAt(partitions: readonly TopicPartition[], timestamp: number): Promise<ReadonlyMap<string, number>>
  /** Reads partitions; `readRecords` is simpler. */
  reader(options: ReaderOptions): Reader
  /** Writes batches and commits; `recordWriter` fills them. */
  producer(options: ProducerOptions): Producer
  /** A place in a consumer group. */
  member(options: MemberOptions): Member
  /**
   * Takes whoever holds an instance id out of the group, so that nobody waits for its session to end: for an owner that
   * knows it dead, or done. Absent where members end with the process that opened the log.
   *
   * @param patience milliseconds; as long as other requests may take where left out
   */
  evict?(group: string, instanceId: string, patience?: number): Promise<void>
  /** Ends all that waits for a broker, or would try again, with NOT_RUNNING. Then only `close` is left. Absent where nothing waits. */
  giveUp?(): void
  /** Closes what was made of it, too. */
  close(): Promise<void>
}

/** A log that is described but not open; cheap to make. What `start` and the shell take. */
export interface LogConfig {
  readonly kind: Log['kind']
  /** The log, open; whoever opens it closes it. */
  open(): Promise<Log>
  /**
   * What another thread needs to open the same log. Absent where a log has one owner.
   *
   * @throws SluiceError UNSUPPORTED for an option that cannot be sent to a thread
   */
  share?(): SharedLog
}

/** A description of a log for other threads. */
export interface SharedLog {
  /** Can be cloned. */
  readonly options: unknown
  /** Stays where it is: told of what the threads' logs report. */
  readonly onError: (error: SluiceError) => void
}

/**
 * Positions as they are when no transaction is open that holds one of them (KIP-447), as who goes on from there needs them;
 * or as they are now: then only transactions that were committed through this log are waited for.
 */
export type Stability = 'stable' | 'now'

/** `read_committed` ends at the first open transaction and leaves out what was aborted. */
export type Isolation = 'read_committed' | 'read_uncommitted'

/** A committed position: the next offset to read, and a text of the owner's (stream time). */
export interface Position {
  readonly offset: number
  readonly metadata: string
}

/** A topic that is to be made. */
export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  /** Copies of each partition; the log's default where it is left out. */
  readonly replicationFactor?: number
  /** Kafka's topic settings, such as `cleanup.policy`. */
  readonly config?: Readonly<Record<string, string>>
}

/** A topic as it is. */
export interface TopicInfo {
  readonly name: string
  /** Differs for a topic that was deleted and made again. */
  readonly id: string
  readonly partitions: number
  readonly replicationFactor: number
  /** Its settings, as the log tells them; empty where they were not asked for. */
  readonly config: Readonly<Record<string, string>>
  /** Whether it is the log's own, as Kafka's `__consumer_offsets`. */
  readonly internal: boolean
}

/** The topics of a log. */
export interface Topics {
  /** @throws SluiceError TOPIC_EXISTS, REPLICATION, BAD_ARGUMENT */
  create(specs: readonly TopicSpec[]): Promise<void>
  /** The names of all topics but the log's own. */
  list(): Promise<readonly string[]>
  /** Unknown names are left out. With `config: true` the settings are read too. */
  describe(names: readonly string[], options?: { config?: boolean }): Promise<readonly TopicInfo[]>
  /** @throws SluiceError UNKNOWN_TOPIC */
  delete(names: readonly string[]): Promise<void>
  /** Deletes what lies before `offset`. */
  deleteRecords(before: readonly (TopicPartition & { readonly offset: number })[]): Promise<void>
}

export interface ReaderOptions {
  readonly isolation: Isolation
  /** Bytes held ahead for one partition before its fetching pauses. */
  readonly maxPartitionBytes?: number
  /** Bytes held ahead in all. */
  readonly maxBytes?: number
  /** Called when there is something new to `poll`; may be called too often, never too seldom. */
  readonly onReady: () => void
}

/** What was fetched of one partition, in offset order. */
export interface Fetched extends TopicPartition {
  /** Data batches only: no control batches, at `read_committed` no aborted ones. The first may begin before the wished offset. */
  readonly batches: readonly RecordBatch[]
  /** The next offset to fetch: after all that was scanned, delivered or not. */
  readonly next: number
  /** The end of the partition at the reader's isolation, as of this fetch. */
  readonly end: number
}

/** Reads partitions that the owner names, fetching ahead in bounded buffers. */
export interface Reader {
  /** Starts or moves a partition to `offset`; what was fetched of it is dropped. */
  seek(topic: string, partition: number, offset: number): void
  /** Stops reading a partition; what was fetched of it is dropped. */
  drop(topic: string, partition: number): void
  /** Takes what has arrived, at most one `Fetched` per partition; empty when nothing has. Frees its room in the buffers.
   * Partitions held back stay with the reader: `hold` them to leave their data where it is.
   * @throws SluiceError OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC, CORRUPT, BROKER: once, for what stopped the reading */
  poll(): readonly Fetched[]
  /** While held, a partition is not handed out and is fetched no further than its buffer. */
  hold(topic: string, partition: number, held: boolean): void
  /** Whether the log has answered about the partition lately: where it has not, there may be more. Always, where left out. */
  heard?(topic: string, partition: number): boolean
  close(): Promise<void>
}

/** Who appends. */
export interface ProducerOptions {
  /** With an id, commits are transactions and `init` fences the previous holder of the id. */
  readonly transactionalId?: string
  /** Milliseconds until a transaction that its owner left open is aborted; the log's default where it is left out. */
  readonly transactionTimeout?: number
}

/** Who commits: refused when the group has moved on (KIP-447). */
export interface GroupClaim {
  readonly group: string
  readonly memberId: string
  readonly generation: number
  readonly instanceId?: string | undefined
}

export interface Commit {
  readonly positions: readonly (TopicPartition & Position)[]
  /** Absent: positions are set without a claim (a tool, a test). */
  readonly claim?: GroupClaim | undefined
  readonly group: string
  /** Only where the log has `state`: written in the same atomic step. */
  readonly state?: StateBatch | undefined
}

/**
 * Appends and commits. With a transactional id, everything appended since the last commit, the positions and (where the
 * log has state) the state become visible in one step or not at all.
 */
export interface Producer {
  /** Ready to append; with a transactional id, older holders are fenced and their open transaction is aborted. */
  init(): Promise<void>
  /**
   * Takes a filled builder; it is the producer's until the commit that follows has settled, then `onFree` is called.
   * What is appended after `commit` was called belongs to the next transaction, even while that commit still runs.
   */
  append(topic: string, partition: number, builder: BatchBuilder, onFree?: (builder: BatchBuilder) => void): void
  /** Waits until everything appended so far is acknowledged. */
  flush(): Promise<void>
  /**
   * Asks whether a claim still counts: for who writes outside of a transaction, where nothing refuses the records of an
   * owner that was replaced.
   * @throws SluiceError FENCED, BROKER
   */
  confirm(claim: GroupClaim): Promise<void>
  /**
   * Says that a commit is near: what can be done for it ahead is done now, in the background, for the partitions and the
   * group of the last one. Nothing has to be appended to what was foreseen. Absent where there is nothing to do ahead.
   *
   * @param held a position as the group holds it already, of those that the commit will have: put into the transaction ahead,
   *   it changes nothing; none where nothing was committed so far
   */
  prepare?(held: Commit): void
  /**
   * Ends the transaction (without an id: flushes, then sets the positions).
   * @throws SluiceError FENCED: nothing took place, this owner is out; COMMIT_UNKNOWN: ask `committed` after a new `init`;
   *   RECORD_TOO_LARGE, UNKNOWN_TOPIC, BROKER: nothing took place, the transaction was aborted
   */
  commit(commit: Commit): Promise<void>
  /** Drops what was appended since the last commit. Nothing may be appended until it has resolved. */
  abort(): Promise<void>
  /** The offset after this producer's last acknowledged append to the partition; complete once `flush` or `commit` has
   * resolved. What a changelog's position is taken from. */
  endOf(topic: string, partition: number): number | undefined
  /** Drops what no commit has taken. */
  close(): Promise<void>
}

/** One member as the leader sees it when it assigns. */
export interface MemberInfo {
  readonly memberId: string
  readonly instanceId: string | undefined
  readonly topics: readonly string[]
  readonly userData: Uint8Array
}

export interface MemberAssignment {
  readonly partitions: readonly TopicPartition[]
  readonly userData: Uint8Array
}

export interface MemberOptions {
  readonly group: string
  readonly instanceId?: string
  readonly sessionTimeout?: number
  readonly rebalanceTimeout?: number
  /** The name of the assignment protocol; members of other protocols are refused by the group. */
  readonly protocol: string
  /** Asked at each join. */
  readonly topics: () => readonly string[]
  readonly userData: () => Uint8Array
  /** Runs on the leader only. */
  readonly assign: (members: readonly MemberInfo[]) => Promise<ReadonlyMap<string, MemberAssignment>>
  /** The group asks for a new join: finish, commit, then call `join` again. */
  readonly onRebalance: () => void
  /** The membership is lost (session expired, fenced): drop everything uncommitted, then `join` anew. */
  readonly onLost: (error: Error) => void
  readonly clock?: Clock
}

export interface Assignment extends MemberAssignment {
  readonly claim: GroupClaim
  /** Whether nothing can have been assigned to anyone else since this member's previous generation. */
  readonly continuous: boolean
}

/** A place in a group. Heartbeats run by themselves, also while the owner is busy. */
export interface Member {
  join(): Promise<Assignment>
  /** Leaves, so that the others need not wait for the session to expire. */
  leave(): Promise<void>
}
