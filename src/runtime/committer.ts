import { SluiceError, errorText } from '../errors.js'
import type { GroupClaim, Log, Producer } from '../log/log.js'
import { RecordHeaders } from '../record.js'
import type { StateBatch, StateDb } from '../store/state-db.js'
import type { OpenTask } from './open-task.js'
import type { Settings } from './options.js'
import type { Outbox } from './outbox.js'
import { putPosition, type Changelog } from './changelog.js'

export interface CommitterParts {
  readonly log: Log
  readonly settings: Settings
  readonly group: string
  readonly producer: Producer
  readonly outbox: Outbox
  /** What goes to the changelogs: the same one, or one that waits until all else is written. */
  readonly changes: Outbox
  /** A commit has begun that takes something along. */
  readonly onBegun: () => void
  /** `tookSomething`: what was written, or positions that have moved. */
  readonly onSettled: (tookSomething: boolean) => void
  readonly onFailed: () => void
}

/** A commit that is so near is prepared for, in milliseconds. A transaction that is begun earlier could time out. */
const near = 50
/** How fast what counts as a usual duration follows when commits take longer. */
const creep = 1.125
/**
 * The longest rest after a commit, in milliseconds, however long that took: the clock may have jumped meanwhile, and a
 * transaction that rests open for longer could time out.
 */
const longestRest = 5_000
/**
 * Positions that have moved past the ends of transactions, and nothing else, are not worth a commit each: an idle worker
 * commits them so long after the last one began, or after the interval where that is shorter. `drained` waits for them.
 */
const positionsRest = 100

/**
 * Makes commits and decides when. While one runs, the tasks go on; what they write meanwhile belongs to the next.
 *
 * A commit: the stores are flushed, their changes go to the changelogs and to a state batch, everything written is handed
 * to the producer, which commits it with the positions of every task. Then the state:
 * - a log with state of its own takes the batch in that same atomic step
 * - exactly once elsewhere: after the transaction, so that a database never holds what no transaction has committed
 * - at least once elsewhere: behind all that was written, which the state knows to be done, and before the positions, so
 *   that they never pass state that is not there. That holds for the changelogs, too, which only the owner writes
 */
export class Committer {
  readonly #parts: CommitterParts
  #inFlight: Promise<void> | undefined
  #failure: unknown
  #touched = false
  #positions = ''
  #lastStart = Number.NEGATIVE_INFINITY
  #lastEnd = Number.NEGATIVE_INFINITY
  #lastDuration = 0
  /** The least of the last durations, about: one slow commit says little about the next. */
  #usualDuration = Number.POSITIVE_INFINITY

  constructor(parts: CommitterParts) {
    this.#parts = parts
  }

  /** Something was processed since the last commit began, or that commit still runs. */
  get pending(): boolean {
    return this.#touched || this.#inFlight !== undefined
  }

  /** A commit has begun and not ended. */
  get running(): boolean {
    return this.#inFlight !== undefined
  }

  /** Something was processed, or positions have moved, since the last commit began. */
  moved(tasks: readonly OpenTask[]): boolean {
    return this.#touched || positionsText(tasks) !== this.#positions
  }

  touched(): void {
    this.#touched = true
  }

  /** Throws what made the last commit fail. */
  check(): void {
    if (this.#failure === undefined) return
    const failure = this.#failure
    this.#failure = undefined
    throw failure
  }

  /** Whether so much is uncommitted that nothing more should be processed before the next commit. */
  full(tasks: readonly OpenTask[]): boolean {
    return this.bytes(tasks) > this.#parts.settings.maxUncommittedBytes
  }

  /** Written since the last commit began. */
  bytes(tasks: readonly OpenTask[]): number {
    let bytes = this.#parts.outbox.bytes
    for (const { task } of tasks) bytes += task.uncommittedBytes
    return bytes
  }

  /**
   * Starts a commit if it is time. Answers how many milliseconds there are to go, if that is known.
   *
   * @param when `interval`: of a busy worker; `idle`: at once; `now`: the same. On Kafka the first two take no more than
   *   half of the time: after the last commit `interval` waits for as long as that took, `idle` for as long as one usually
   *   takes, and no longer than the interval after its start. `now` does not.
   * @throws what made the last commit fail: one behind it would commit positions beyond what that one has lost
   */
  async consider(
    tasks: readonly OpenTask[],
    claim: GroupClaim,
    when: 'now' | 'idle' | 'interval',
  ): Promise<number | undefined> {
    this.check()
    const full = this.full(tasks)
    if (this.#inFlight !== undefined) {
      if (full) await this.settle()
      return undefined
    }
    if (!(when === 'interval' ? this.#touched : this.moved(tasks))) return undefined
    const { settings, log, producer } = this.#parts
    const now = settings.clock.now()
    // A clock that was set back would have the next commit wait until it has caught up.
    this.#lastStart = Math.min(this.#lastStart, now)
    this.#lastEnd = Math.min(this.#lastEnd, now)
    const rest = log.kind === 'kafka' ? Math.min(this.#lastDuration, longestRest) : 0
    const rested = this.#lastEnd + (when === 'idle' ? Math.min(rest, this.#usualDuration) : rest)
    const interval = this.#lastStart + settings.commitInterval
    const positions = when === 'idle' ? Math.min(interval, this.#lastStart + positionsRest) : interval
    const soon = when === 'idle' && this.#touched
    const due = full || when === 'now' ? now : soon ? Math.min(rested, interval) : Math.max(positions, rested)
    const wait = due - now
    // No timer is finer.
    if (wait >= 1) {
      if (wait <= near && this.#touched)
        producer.prepare?.({ group: this.#parts.group, claim, positions: oneHeld(tasks) })
      return wait
    }
    await this.commit(tasks, claim)
    return undefined
  }

  /** Starts a commit of everything processed so far. Resolves when the tasks may go on; `settle` waits for its end. */
  async commit(tasks: readonly OpenTask[], claim: GroupClaim): Promise<void> {
    const { outbox, settings } = this.#parts
    const started = settings.clock.now()
    this.#touched = false
    this.#lastStart = started
    for (const { task } of tasks) await task.flush()
    const bytes = this.bytes(tasks)
    const batches = new Map<StateDb, StateBatch>()
    for (const open of tasks) this.#drain(open, batches)
    outbox.handOver()
    this.#positions = positionsText(tasks)
    const positions = tasks.map(({ task }) => task.positions())
    const tookSomething = bytes > 0 || tasks.some(({ committed }, i) => !isSame(committed, positions[i]!))
    if (tookSomething) this.#parts.onBegun()
    const told = tasks.map(({ task }) => task.commitBegins())
    // The first call is made at once: what the producer gets from here on belongs to the next transaction.
    const work = this.#write(tasks, claim, positions.flat(), batches)
    this.#inFlight = work.then(
      () => {
        this.#inFlight = undefined
        this.#lastEnd = settings.clock.now()
        this.#lastDuration = Math.max(0, this.#lastEnd - started)
        this.#usualDuration = Math.max(1, Math.min(this.#lastDuration, this.#usualDuration * creep))
        tasks.forEach((open, i) => {
          open.committed = positions[i]!
          told[i]!()
        })
        this.#parts.onSettled(tookSomething)
      },
      (error: unknown) => {
        this.#inFlight = undefined
        this.#failure = error
        this.#parts.onFailed()
      },
    )
  }

  /** Waits for the commit in flight. @throws what made it fail */
  async settle(): Promise<void> {
    await this.#inFlight
    this.check()
  }

  /** Waits for the commit in flight, however it ends. */
  async finished(): Promise<void> {
    await this.#inFlight
  }

  /** Waits for the commit in flight, however it ends, and forgets it. */
  async forget(): Promise<void> {
    await this.#inFlight
    this.#failure = undefined
    this.#touched = false
    this.#positions = ''
  }

  #drain(open: OpenTask, batches: Map<StateDb, StateBatch>): void {
    const { changes } = this.#parts
    let batch = batches.get(open.db)
    if (batch === undefined) batches.set(open.db, (batch = open.db.batch()))
    for (const store of open.task.stores) {
      const changelog = open.writes.get(store.name)
      if (changelog === undefined) store.drain(undefined, batch)
      else {
        const { topic, partition } = changelog
        const { none } = RecordHeaders
        store.drain(
          (bytes, keyStart, keyEnd, valueStart, valueEnd, timestamp) =>
            changes.addRaw(topic, partition, timestamp, bytes, keyStart, keyEnd, bytes, valueStart, valueEnd, none),
          batch,
        )
      }
    }
  }

  async #write(
    tasks: readonly OpenTask[],
    claim: GroupClaim,
    positions: ReturnType<OpenTask['task']['positions']>,
    batches: ReadonlyMap<StateDb, StateBatch>,
  ): Promise<void> {
    const { log, producer, group, settings, changes } = this.#parts
    const commit = { positions, claim, group }
    if (log.state !== undefined) {
      const state = batches.get(log.state)
      return producer.commit({ ...commit, state })
    }
    if (settings.guarantee === 'exactly-once') {
      await producer.commit(commit)
      return this.#writeState(tasks, positions, batches)
    }
    await producer.flush()
    // Who was replaced in its sleep would write over what the next owner has kept since.
    await producer.confirm(claim)
    changes.handOver()
    await producer.flush()
    await this.#writeState(tasks, positions, batches)
    return producer.commit(commit)
  }

  async #writeState(
    tasks: readonly OpenTask[],
    positions: ReturnType<OpenTask['task']['positions']>,
    batches: ReadonlyMap<StateDb, StateBatch>,
  ): Promise<void> {
    const { log, producer, settings } = this.#parts
    const at = settings.clock.now()
    const inTransaction = settings.guarantee === 'exactly-once' && log.kind === 'kafka'
    for (const { db, changelogs, topicIds } of tasks) {
      const batch = batches.get(db)!
      for (const changelog of changelogs) {
        const { topic, partition, until } = changelog
        // A table whose source is its changelog is as far as the task is.
        const offset = until === undefined ? producer.endOf(topic, partition) : positionIn(positions, changelog)
        if (offset === undefined) continue
        const end = until === undefined && inTransaction ? ({ endsTransaction: true } as const) : {}
        putPosition(batch, changelog, { offset, ...end, topicId: topicIds.get(topic)!, at })
      }
    }
    await Promise.all([...batches].filter(([, { length }]) => length > 0).map(([db, batch]) => write(db, batch)))
  }
}

async function write(db: StateDb, batch: StateBatch): Promise<void> {
  try {
    await db.write(batch)
  } catch (error) {
    throw new SluiceError('STATE_WRITE', `the state could not be written: ${errorText(error)}`, {
      cause: error,
      hint: 'make room on the disk and start again; the state is restored from its changelogs, nothing is lost',
    })
  }
}

/** Whether no position has moved. A task that has committed nothing yet has only said where it begins. */
function isSame(committed: OpenTask['committed'], positions: OpenTask['committed']): boolean {
  return committed.length === 0 || positions.every(({ offset }, i) => offset === committed[i]?.offset)
}

/** One position that the group holds already, if there is any. */
function oneHeld(tasks: readonly OpenTask[]): OpenTask['committed'] {
  const { committed = [] } = tasks.find(task => task.committed.length > 0) ?? {}
  return committed.slice(0, 1)
}

function positionIn(positions: ReturnType<OpenTask['task']['positions']>, of: Changelog): number | undefined {
  return positions.find(({ topic, partition }) => topic === of.topic && partition === of.partition)?.offset
}

function positionsText(tasks: readonly OpenTask[]): string {
  let text = ''
  for (const { task } of tasks) for (const queue of task.queues) text += `${queue.position},`
  return text
}
