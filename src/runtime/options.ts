import type { Observable } from 'rxjs'
import type { Log, LogConfig } from '../log/log.js'
import type { StoreReader, StoreRef } from '../query/reader.js'
import type { Clock, Duration } from '../time.js'
import type { InputStatus } from './inputs/input-status.js'

/**
 * What a commit promises. `exactly-once`: for every input record, its effects on outputs, state and positions all happen once,
 * or not at all until they do. `at-least-once`: none is lost, and after a crash some are worked on twice.
 */
export type Guarantee = 'exactly-once' | 'at-least-once'

/** On which log a pipeline runs, and how. */
export interface StartOptions {
  /** `embedded(dir)`, `kafka({ brokers })`, `memory()`, or a log that is open already (it stays open at `close`). */
  readonly log: LogConfig | Log
  /** Default `exactly-once`. */
  readonly guarantee?: Guarantee
  /**
   * How many threads share the tasks. Default 1: the calling one. More need Kafka, and `pipeline(id, { module:
   * import.meta.url })`: each thread imports that module and takes the pipeline that it exports by default.
   */
  readonly threads?: number
  /**
   * The failure zone in which this instance runs: it gets the shards that `shard({ zones })` places there. Without it, tasks
   * of no zone, and those of zones in which nobody runs.
   */
  readonly zone?: string
  /**
   * How many other instances keep a copy of each task's state up to date, so that one that takes over reads the last changes
   * only. A copy takes as much disk as the state itself, and the instances share the copies as they share the tasks: all of
   * them are started with the same number. Default 0. Refused by the embedded log, which one process owns.
   *
   * @example
   * const app = await pipeline('tracker').start({ log: kafka({ brokers: ['host:9092'] }), standbys: 1 })
   */
  readonly standbys?: number
  /** How often a busy worker commits; an idle one commits at once. Default 100 ms. */
  readonly commitInterval?: Duration
  /** Where tasks keep their LevelDB when the log is Kafka. Default `./sluice-state`. */
  readonly stateDir?: string
  /** Memory for cached state, in bytes, for the whole process. Default 64 MiB; 0 turns write-back caching off. */
  readonly cacheBytes?: number
  /** Uncommitted bytes (outputs and state) that force a commit, in each thread. Default 32 MiB. */
  readonly maxUncommittedBytes?: number
  /** Bytes of input held ahead for one partition. Default 1 MiB. */
  readonly maxPartitionBytes?: number
  /** Bytes of input held ahead for all partitions of a thread, shared out evenly, but 64 KiB for each. Default 32 MiB. */
  readonly maxInputBytes?: number
  /** How often sources look for new partitions of their topics, and those that are patterns for topics. Default 30 s. */
  readonly topicRefresh?: Duration
  /** How long brokers may stay unreachable, once running, before the pipeline stops with an error. Default 5 min. */
  readonly outageTimeout?: Duration
  /**
   * How long the end of the pipeline, by `close()`, `signal` or an error, waits for brokers that do not answer. Then the last
   * commit is given up: what it would have held is done again at the next start. A log that was given open is not. Default 30 s.
   */
  readonly closeTimeout?: Duration
  /** Closes when aborted. */
  readonly signal?: AbortSignal
  /** Told of the error that stops the pipeline. `drained()` and `closed` reject with it as well. */
  readonly onError?: (error: Error) => void
  /** Told how far the restore of each store has come. */
  readonly onRestore?: (progress: RestoreProgress) => void
  /** Where time comes from; tests replace it. */
  readonly clock?: Clock
}

/** Records restored of a store's changelog partition; `done === total` at its end. */
export interface RestoreProgress {
  readonly store: string
  readonly partition: number
  /** Records of the changelog that were read. */
  readonly done: number
  readonly total: number
}

/**
 * What a pipeline does: `rebalancing` while the group shares the tasks out or it begins again from the last commit, `restoring`
 * while the state of a task is brought up to date, `paused` by `pause()`, `error` when an error has stopped it.
 */
export type RunState = 'starting' | 'rebalancing' | 'restoring' | 'running' | 'paused' | 'closing' | 'closed' | 'error'

/** A copy of the state of a task that another instance runs. */
export interface StandbyStatus {
  readonly task: string
  /** Committed changes that it has not taken in yet; left out until it is known. */
  readonly lag?: number
}

/** How a pipeline is doing, as far as this process knows. */
export interface Status {
  readonly state: RunState
  /** Tasks of this process, such as `jobs-0`. */
  readonly tasks: readonly string[]
  /** The copies that this process keeps of others' state, with `start({ standbys })`. */
  readonly standbys: readonly StandbyStatus[]
  /** Source records processed since the start. */
  readonly records: number
  /** Records that are readable and not yet processed, as far as this process has seen. */
  readonly lag: number
  /** Each source partition of this process: how far behind, how old what waits is, and why it is held back, if it is. */
  readonly inputs: readonly InputStatus[]
  /** Commits since the start. */
  readonly commits: number
  /** What was counted: skipped, dead-lettered, dropped as late, …, by `<what>` and operator. */
  readonly counters: Readonly<Record<string, number>>
  /** What has stopped the pipeline; absent where nothing has. */
  readonly error?: Error
}

/** What each worker tells of itself. */
export type Figures = Omit<Status, 'error'>

/** A pipeline that runs. */
export interface Running extends AsyncDisposable {
  /** State, lag and errors; the present status first. */
  readonly state$: Observable<Status>
  /** As it is now. */
  readonly status: Status
  /**
   * Resolves when everything that was readable at the call, and all it causes, is committed. Rejects when the pipeline stops
   * with an error. Not for what waits for a time or for a window to close.
   *
   * @example
   * await app.drained()
   * console.log(await app.query(seen).get('page-7'))
   */
  drained(): Promise<void>
  /** Reads a store, committed state only. @throws SluiceError UNKNOWN_STORE, UNSUPPORTED for a store that holds no table */
  query<K, V>(store: StoreRef<K, V>): StoreReader<K, V>
  /** As above, by the store's name alone, which says nothing of its types. */
  query(store: string): StoreReader<unknown, unknown>
  /** Stops taking records; keeps its tasks and its place in the group. */
  pause(): void
  /** Takes records again. */
  resume(): void
  /**
   * Finishes the record at hand, commits, leaves the group. Rejects with the error that stopped the pipeline, unless
   * `onError` or `drained` told of it already; with BROKER where brokers kept it from committing for `closeTimeout`.
   */
  close(): Promise<void>
  /** Settles when the pipeline has ended: resolves after `close`, rejects with the error that stopped it. */
  readonly closed: Promise<void>
}

/** The same options with every default filled in. */
export interface Settings {
  readonly guarantee: Guarantee
  readonly threads: number
  readonly zone: string | undefined
  readonly standbys: number
  readonly commitInterval: number
  readonly stateDir: string
  readonly cacheBytes: number
  readonly maxUncommittedBytes: number
  readonly maxPartitionBytes: number
  readonly maxInputBytes: number
  readonly topicRefresh: number
  readonly outageTimeout: number
  readonly closeTimeout: number
  readonly clock: Clock
  readonly onRestore: (progress: RestoreProgress) => void
}
