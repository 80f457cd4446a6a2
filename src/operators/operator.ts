import type { RecordHeaders, StreamRecord } from '../record.js'
import type { UnreadBytes } from '../serde/unread.js'
import type { Hearing, KeyValueStore } from '../store/key-value.js'
import type { KeptRecord } from '../store/pending-entry.js'

/**
 * One step of a task: a plain function call. Streams pass `(key, value, timestamp)`; tables pass the new value (null: a
 * tombstone) and, fourth, the old one. It answers a promise only when it suspends; whoever calls it hands that answer on,
 * so that the synchronous path pays nothing: `(k, v, t) => keep(v) ? next(k, v, t) : undefined`.
 */
export type Process<K = any, V = any> = (key: K, value: V, timestamp: number, old?: V | null) => void | Promise<void>

/** The run-time half of an operator. Called once per task; `next` is all that follows, already fused into one function. */
export type Operator = (next: Process, context: OperatorContext) => Process

/**
 * An operator with several outputs, such as that of `split`. `outputs` are in the order the node names them; each is all
 * that follows there.
 */
export type Splitter = (outputs: readonly Process[], context: OperatorContext) => Process

/** What an operator may ask of its task. */
export interface OperatorContext {
  /** The application id. */
  readonly application: string
  /** The node's name in the topology. */
  readonly name: string
  readonly record: CurrentRecord
  /** A store that the node declared, of the kind it declared. */
  store<K, V>(name: string): KeyValueStore<K, V>
  store<S>(name: string): S
  /** What those that follow look at of the changes that the node's first store tells; everything where left out. */
  readonly hearing?: Hearing | undefined
  /** Whether the values that come are those that a source read with the serde of the node's first store. */
  readonly asRead?: boolean
  /**
   * An operator could not do its work on this record. As configured, this throws (the task stops), or writes the record
   * to the dead-letter topic, or counts and skips it; then the operator returns without calling `next`.
   */
  fail(error: unknown, key: unknown, value: unknown): void | Promise<void>
  /** Counts under `sluice_<what>_total`, labelled with the node. For what is dropped, late, skipped. */
  count(what: string): void
  /** Milliseconds since the epoch, from the runtime's clock. */
  now(): number
  /** As `now()` where nobody sets the clock back; then it goes on as before. Durations are measured by it. */
  steady(): number
  /** The largest timestamp this task has taken in so far; -1 before the first. */
  streamTime(): number
  /** The priority of what comes from a topic; of what comes from none that the task reads the lowest. Nothing where all have one. */
  readonly levelOf?: ((topic: string) => number) | undefined
  /**
   * Calls back whenever time has moved on by `interval` milliseconds: stream time from 0 on, after the record that moved
   * it; the wall clock from now on, wherever it is set to. `context.record` is of no record then. Answers how to cancel.
   */
  schedule(
    time: 'stream-time' | 'wall-clock',
    interval: number,
    call: (now: number) => void | Promise<void>,
  ): () => void
  /**
   * Calls back once when `steady()` has reached `time`, never within this call. `context.record` is of no record then.
   * Answers how to cancel.
   */
  at(time: number, call: (steady: number) => void | Promise<void>): () => void
  /**
   * As `at`, when the wall clock has reached `time` (milliseconds since the epoch), for what brings records into the task: it
   * waits while something that pends there is full.
   */
  whenRoom(time: number, call: (now: number) => void | Promise<void>): () => void
  /**
   * Calls back when stream time moves on without a record, because the task's inputs have fallen silent (`idleAfter`): by
   * that many milliseconds since the last record or call. `context.record` is of no record then.
   */
  onIdle(call: (by: number) => void | Promise<void>): void
  /** Calls back between two records, once the task is free: where something that happened outside comes in. */
  soon(call: () => void | Promise<void>): void
  /** Says what waits in this operator: stream time stands still for it, `drained()` waits, a full one takes no more. */
  pends(work: PendingWork): void
  /** Calls back when stream time, which stood still for what was pending, may go on up to `context.record.hold`. */
  onRelease(call: () => void | Promise<void>): void
  /** The task takes no records and calls no timers before this has settled; what it rejects with stops the task. */
  onStart(wait: Promise<void>): void
  /** Tells of commits, in which what the operator keeps outside of stores has to take part. */
  onCommit(listener: CommitListener): void
  /** Calls back when the task leaves this process; what is forwarded or stored then goes nowhere. */
  onClose(call: () => void | Promise<void>): void
}

/** Something in an operator that waits for commits, and is forgotten with the task where they fail. */
export interface CommitListener {
  /** What waits for a commit, about: too many bytes bring one about. */
  readonly uncommittedBytes: number
  /** A commit takes what has been processed by now. Answers what to call once it has succeeded. */
  begins(): () => void
}

/** What waits in an operator, at any moment. */
export interface PendingWork {
  /** What was taken in and is not finished; committed positions may be past it. */
  readonly entries: number
  /** Calls that run now. */
  readonly calls: number
  /** The smallest timestamp of an entry; infinity when there is none. */
  readonly oldest: number
  /** Why the task should take in no more records for now. */
  readonly full: string | undefined
}

/** The record that the task is working on. One object for the life of a task: read it, do not keep it. */
export interface CurrentRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Decoded when first asked for. An operator that forwards other headers sets them and sets the former ones back. */
  headers: RecordHeaders
  /** How far stream time may go while older records are pending in this task; infinity while there are none. */
  readonly hold: number
  /** Tells apart what came of one record in different ways, and is the same whenever it comes that way. */
  path: string
  /** Another one whenever the task begins with a record or goes on with one; behind `within` it is the former one again. */
  readonly turn: number
  /** The turn of the record that the task itself has begun with: `within` leaves it alone. */
  readonly outermost: number
  /** How often an operator has tried the record; 1 unless it retried. */
  tries: number
  /** What it takes to go on with this record later. @param index tells apart what is kept of one record */
  keep(index: string): KeptRecord
  /** Goes on with a record that was kept. */
  resume(kept: KeptRecord): void
  /**
   * Does something as it would be done with a record that was kept: what comes of it further down has the same name whether the
   * record waited or not.
   */
  under(index: string, work: () => void | Promise<void>): void | Promise<void>
  /** Does something as that record; afterwards it is the present one again. */
  within(kept: KeptRecord, work: () => void | Promise<void>): void | Promise<void>
  /** While a versioned table passes on a value that is older than another of its key. */
  outdated?: boolean
  /** Where what is `unread` of it lies. */
  readonly unread: UnreadBytes | undefined
  /** Where the bytes lie that the value was read from; nothing where it is another than the source's. */
  bytesOf(value: unknown): UnreadBytes | undefined
  /** A record of its own for a user's callback, which may keep it. */
  view<K, V>(key: K, value: V, timestamp: number): StreamRecord<K, V>
}
