import { SluiceError } from '../errors.js'
import type { Fetched, Position } from '../log/log.js'
import type { TopicPartition } from '../record.js'
import type { ManagedStore } from '../store/key-value.js'
import type { CommitListener } from '../operators/operator.js'
import { after, inOrder } from '../operators/suspend.js'
import { compile, type CompiledTask, type TaskHost } from '../topology/compile.js'
import { taskName, type SubTopology } from '../topology/cut.js'
import { allEnded } from '../store/all-ended.js'
import type { Counters } from './counters.js'
import { TaskRecord } from './current-record.js'
import { failed, type FailureHost } from './failures.js'
import { none } from './inputs/input-choice.js'
import type { InputQueue } from './inputs/input-queue.js'
import type { Outbox } from './outbox.js'
import { Pending } from './pending.js'
import { waitingStores } from './left-waiting.js'
import type { StoreNames } from './position-metadata.js'
import { beatOf, Silence } from './inputs/silence.js'
import { sink } from './sink.js'
import { TaskInputs } from './inputs/task-inputs.js'
import { TaskTimers } from './task-timers.js'
import type { TopicSizes } from './topic-sizes.js'

export interface TaskParts {
  readonly application: string
  readonly sub: SubTopology
  readonly partition: number
  /** The task's source partitions, each with the name of its source node. */
  readonly inputs: readonly (TopicPartition & { readonly source: string })[]
  readonly stores: ReadonlyMap<string, ManagedStore>
  /** The stores that are kept as their own changes, as they are committed with the positions. */
  readonly kept: readonly string[]
  /** Global tables, by name: looked up, never written. */
  readonly globals: ReadonlyMap<string, ManagedStore>
  readonly outbox: Outbox
  readonly sizes: TopicSizes
  readonly counters: Counters
  readonly now: () => number
  readonly steady: () => number
  /** How much of a partition may wait in memory. */
  readonly maxPartitionBytes: number
  /** Something came in from outside, for the task's next turn. */
  readonly wake: () => void
}

/** A sub-topology on one partition: its queues, its stores and the operators, fused into one function per source. */
export class Task {
  readonly name: string
  readonly sub: SubTopology
  readonly partition: number
  readonly inputs: TaskParts['inputs']
  readonly stores: readonly ManagedStore[]
  /** The largest timestamp taken in so far; -1 before the first. */
  streamTime = -1
  /** How far operators have seen it go. */
  #reached = -1
  /** Since when an operator has not answered, in milliseconds since the epoch; `undefined` where none is waited for. */
  suspended: number | undefined
  /** Whether an input says `idleAfter`. */
  readonly looksForSilence: boolean
  /** The highest priority among what has been processed since the last commit began. */
  reached: number = Number.NEGATIVE_INFINITY
  readonly #record: TaskRecord
  readonly #pending: Pending
  readonly #compiled: CompiledTask
  readonly #inputs: TaskInputs
  /** Names that go with the positions. */
  readonly #names: StoreNames
  /** The timer before may have stood for a record of its own. */
  readonly #timers = new TaskTimers(() => this.#record.clear(this.partition))

  constructor(parts: TaskParts) {
    this.#parts = parts
    this.name = taskName(parts.sub, parts.partition)
    this.sub = parts.sub
    this.#names = { waiting: waitingStores(parts.sub), kept: parts.kept }
    this.partition = parts.partition
    this.inputs = parts.inputs
    this.#inputs = new TaskInputs(parts)
    const letters = parts.sub.nodes.some(({ onFailure }) => onFailure.kind === 'dead-letter')
    const record = (this.#record = new TaskRecord(letters))
    const pending = (this.#pending = new Pending(parts.wake))
    const failing: FailureHost = { ...parts, task: this.name, record }
    const host: TaskHost = {
      application: parts.application,
      record,
      store: name => parts.stores.get(name) ?? parts.globals.get(name)!,
      sink: (node, asRead) => sink(node, asRead, { ...parts, record, fail: (at, error) => failed(failing, at, error) }),
      tells: bytes => void (record.unread = bytes),
      fail: (node, error) => failed(failing, node, error),
      count: (node, what) => parts.counters.add(what, node.name),
      now: parts.now,
      steady: parts.steady,
      streamTime: () => this.#heldTime(),
      levelOf: this.#inputs.levelOf,
      schedule: (time, interval, call) => {
        if (time === 'wall-clock')
          return this.#timers.every(parts.steady() + interval, interval, () => call(parts.now()))
        return this.#timers.everyOfStream(interval, call)
      },
      at: (time, call) => this.#timers.at(time, call),
      whenRoom: (time, call) => this.#timers.whenRoom(time, call),
      soon: call => pending.soon(call),
      pends: work => pending.add(work),
      onRelease: call => pending.onRelease(call),
      onIdle: call => void this.#onIdle.push(call),
      onStart: wait => void this.#starting.push(wait),
      onCommit: listener => void this.#onCommit.push(listener),
      onClose: call => void this.#onClose.push(call),
    }
    this.#compiled = compile(parts.sub, host)
    this.stores = this.#compiled.storesInOrder.map(name => parts.stores.get(name)!)
    this.#failing = failing
    record.clear(this.partition)
    const silences = parts.sub.sources.flatMap(({ idleAfter }) => (idleAfter === undefined ? [] : [idleAfter]))
    this.looksForSilence = silences.length > 0
    if (this.looksForSilence) this.#watch(Math.max(...silences), parts.steady)
  }

  readonly #parts: TaskParts
  readonly #failing: FailureHost
  readonly #starting: Promise<void>[] = []
  readonly #onClose: (() => void | Promise<void>)[] = []
  readonly #onCommit: CommitListener[] = []
  readonly #onIdle: ((by: number) => void | Promise<void>)[] = []
  /** Called for each record of an input that may fall silent. */
  #heard: () => void = () => {}

  /**
   * Moves stream time on while the inputs that say `idleAfter` are silent and nothing of them is left to do. Where the log is
   * silent itself it is not known whether they are.
   */
  #watch(idleAfter: number, steady: () => number): void {
    const silence = new Silence(idleAfter, steady())
    this.#heard = () => silence.heard(steady())
    this.#timers.every(steady() + beatOf(idleAfter), beatOf(idleAfter), time => {
      const isCertain = this.queues.every(({ heard }) => heard)
      if (!isCertain || this.lag > 0 || this.pending > 0) return silence.heard(time)
      const by = silence.tell(time)
      if (by === 0 || this.streamTime < 0) return undefined
      this.streamTime += by
      // A commit that takes long may have left the last records in the caches.
      const told = after(this.#flushFrom(0), () => inOrder(this.#onIdle, call => call(by)))
      return after(told, () => this.#fireStreamTimers())
    })
  }

  /** Where the task begins: one position and one known end for each of its inputs. */
  begin(positions: ReadonlyMap<string, Position>, ends: ReadonlyMap<string, number>): void {
    this.streamTime = Math.max(this.streamTime, this.#inputs.begin(this.#compiled.sources, positions, ends))
  }

  get queues(): readonly InputQueue[] {
    return this.#inputs.queues
  }

  add(fetched: Fetched): void {
    this.#inputs.add(fetched)
  }

  get lag(): number {
    return this.#inputs.lag
  }

  /** How many turns it has where others have one. */
  get weight(): number {
    return this.#inputs.weight
  }

  /** What to commit. The stream time goes along, so that a restart does not set it back. */
  positions(): (TopicPartition & Position)[] {
    return this.#inputs.positions(this.streamTime, this.pending, this.#names)
  }

  /** Entries that operators have taken in and not finished. */
  get pending(): number {
    return this.#pending.entries
  }

  /** Calls of operators that run now, are about to, or have just ended. */
  get calls(): number {
    return this.#pending.calls
  }

  /** Why the task takes in no records although there are some; `undefined` where it does. */
  get full(): string | undefined {
    return this.#pending.full
  }

  /** Whether `run` would do something. */
  get ready(): boolean {
    return this.#pending.ready || (this.full === undefined && this.#inputs.ready)
  }

  /** The highest priority among what `run` could do. */
  get level(): number {
    const { level, highest } = this.#inputs
    return this.#pending.ready ? Math.max(level, highest) : level
  }

  /**
   * Goes on with what came in for pending entries, then processes up to `limit` records, in the order of the task's choice
   * of inputs. Answers how many of both; a promise when an operator suspended, with the record that did so as the last one.
   */
  run(limit: number): number | Promise<number> {
    let ran: number | Promise<number>
    try {
      ran = this.#run(limit)
    } catch (error) {
      throw this.#placed(error)
    }
    if (typeof ran === 'number') return ran
    this.suspended = this.#parts.now()
    const failed = (error: unknown): never => {
      throw this.#placed(error)
    }
    return ran.catch(failed).finally(() => (this.suspended = undefined))
  }

  /** What fails beside the callbacks (state that cannot be read, say) does not know of the record that it met. */
  #placed(error: unknown): unknown {
    const { topic, partition, offset } = this.#record
    const isPlaced = !(error instanceof SluiceError) || error.place.offset !== undefined
    return isPlaced || offset < 0 ? error : error.at({ topic, partition, offset })
  }

  #run(limit: number): number | Promise<number> {
    if (!this.#pending.possible) return this.#runQueues(limit)
    // What came back first behind a start finds what a former run left pending.
    this.#record.hold = this.#pending.hold
    const ran = this.#pending.ready ? this.#pending.run() : 0
    return typeof ran === 'number' ? this.#released(ran, limit) : ran.then(count => this.#released(count, limit))
  }

  #released(count: number, limit: number): number | Promise<number> {
    // What time brings about when it goes on has to be committed, as what a call that came back does.
    const ran = this.#pending.released ? count + 1 : count
    const fired = this.#release()
    if (fired !== undefined) return fired.then(() => ran)
    const worked = this.#runQueues(limit)
    return typeof worked === 'number' ? ran + worked : worked.then(count => ran + count)
  }

  /**
   * Tells the operators how far stream time may go by now. What came up to there may lie in caches above them: they hear of
   * it before, as of the time that still stands.
   */
  #release(): void | Promise<void> {
    this.#record.clear(this.partition)
    return after(this.#pending.tells ? this.#flushFrom(0) : undefined, () => {
      this.#record.hold = this.#pending.hold
      return after(this.#pending.release(this.#record.hold), () => this.#fireStreamTimers())
    })
  }

  #runQueues(limit: number): number | Promise<number> {
    let done = 0
    while (done < limit) {
      if (this.#pending.possible) {
        this.#record.hold = this.#pending.hold
        if (this.full !== undefined) break
      }
      const index = this.#inputs.take()
      if (index === none) break
      const queue = this.#inputs.queues[index]!
      const result = this.#process(index, queue)
      done++
      if (result !== undefined) {
        const count = done
        return result.then(async () => {
          queue.done()
          await this.#fireStreamTimers()
          return count
        })
      }
      queue.done()
      if (this.streamTime >= this.#timers.nextOfStream) {
        const fired = this.#fireStreamTimers()
        if (fired !== undefined) {
          const count = done
          return fired.then(() => count)
        }
      }
    }
    return done
  }

  /** When a record may go that a rate held back at `since`, in milliseconds since the epoch; infinity when there is none. */
  opensAt(since: number): number {
    return this.#inputs.opensAt(since)
  }

  /** The milliseconds until the next timer may be called, 0 and less where one is due; infinity when there is none. */
  timerIn(now: number, steady: number): number {
    return this.#timers.dueIn(now, steady, this.full !== undefined)
  }

  /** Calls the timers that are due. */
  fireTimers(now: number, steady: number): void | Promise<void> {
    this.#record.hold = this.#pending.hold
    const fired = after(this.#timers.fireSteady(steady), () =>
      this.full === undefined ? this.#timers.fireArrivals(now) : undefined,
    )
    // A record that ends here lets time go on: what that brings about belongs to the commit that says that nothing waits.
    return this.#pending.possible ? after(fired, () => this.#release()) : fired
  }

  #fireStreamTimers(): void | Promise<void> {
    return this.#timers.fireOfStream(this.#heldTime())
  }

  /** Waits for what its operators begin with. */
  async started(): Promise<void> {
    await Promise.all(this.#starting)
  }

  /** The task leaves this process: every operator hears it, and the first error is told afterwards. */
  async close(): Promise<void> {
    this.#record.clear(this.partition)
    this.#pending.close()
    await allEnded(this.#onClose.map(async call => call()))
  }

  /** Tells everything that the caches hold back; afterwards the stores can be drained. */
  flush(): void | Promise<void> {
    this.#record.clear(this.partition)
    return this.#flushFrom(0)
  }

  #flushFrom(first: number): void | Promise<void> {
    for (let i = first; i < this.stores.length; i++) {
      const result = this.stores[i]!.flush()
      if (result !== undefined) return result.then(() => this.#flushFrom(i + 1))
    }
    return undefined
  }

  get uncommittedBytes(): number {
    let bytes = 0
    for (const store of this.stores) bytes += store.uncommittedBytes
    for (const listener of this.#onCommit) bytes += listener.uncommittedBytes
    return bytes
  }

  /** A commit takes what has been processed by now, the stores drained. Answers what to call once it has succeeded. */
  commitBegins(): () => void {
    this.reached = Number.NEGATIVE_INFINITY
    const told = this.#onCommit.map(listener => listener.begins())
    return () => {
      for (const store of this.stores) store.committed()
      for (const tell of told) tell()
    }
  }

  #process(index: number, queue: InputQueue): void | Promise<void> {
    const source = this.#inputs.sources[index]!
    if (queue.level > this.reached) this.reached = queue.level
    if (source.node.idleAfter !== undefined) this.#heard()
    if (queue.take(this.#record)) {
      // A record that cannot be read moves no time: what its extractor would have said is not known.
      if (queue.timestamp > this.streamTime) this.streamTime = queue.timestamp
      return source.process(queue.key, queue.value, queue.timestamp)
    }
    return failed(this.#failing, source.node, queue.failure)
  }

  /** Stream time stands still for what is pending, and does not go back for what was late when it came. */
  #heldTime(): number {
    return (this.#reached = Math.max(this.#reached, Math.min(this.streamTime, this.#record.hold)))
  }
}
