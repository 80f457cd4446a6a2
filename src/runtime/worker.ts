import { SluiceError, type ErrorCode } from '../errors.js'
import type { Assignment, Log, MemberAssignment, MemberInfo, Producer } from '../log/log.js'
import { signalled } from '../log/wake.js'
import type { ManagedStore } from '../store/key-value.js'
import type { TaskSpec } from '../topology/cut.js'
import { steadyTime } from '../time.js'
import { assignmentsOf, handed, plannedTasks } from './assignment.js'
import { encodeClaim } from './assignor.js'
import { CloseLimit } from './close-limit.js'
import { Committer } from './committer.js'
import type { Counters } from './counters.js'
import { CurrentPlan } from './current-plan.js'
import { fireTimers, timerIn } from './due-tasks.js'
import { farewell, transactionalIdOf } from './former-slots.js'
import { goneRecords } from './gone-records.js'
import { HeldEnds } from './inputs/held-ends.js'
import { inputStatus, type InputStatus } from './inputs/input-status.js'
import { Intake } from './inputs/intake.js'
import { Membership } from './membership.js'
import { openTask, type OpenTask } from './open-task.js'
import type { RunState, Settings, StandbyStatus } from './options.js'
import { Outbox } from './outbox.js'
import { isForgotten, isLowered, isReplaced, passes } from './passing.js'
import type { Plan } from './plan.js'
import { levelsOf, PriorityTurns } from './priority-turns.js'
import { StandbySet } from './standbys/standby-set.js'
import type { StateHome } from './state-home.js'
import { TaskSet } from './task-set.js'
import { Trouble } from './trouble.js'
import { EvenTurns, type Turns } from './turns.js'

export interface WorkerParts {
  readonly log: Log
  /** Whether the log may be given up where the end takes too long: nobody else uses it. */
  readonly ownsLog: boolean
  readonly home: StateHome
  readonly settings: Settings
  readonly counters: Counters
  /** Global tables, by name. */
  readonly globals: ReadonlyMap<string, ManagedStore>
  /** The topics as they are now; asked again at each rebalance. */
  readonly plan: () => Promise<Plan>
  readonly firstPlan: Plan
  readonly slot: number
  /** Something that shows in the status has changed. */
  readonly onChange: () => void
  /** A commit has taken place. */
  readonly onCommitted: () => void
}

/**
 * One member of the group with one producer: it takes tasks, feeds them, and commits for all of them together. One loop;
 * whatever happens outside (a rebalance, a lost membership, a failed commit) is noted and handled between two records.
 */
export class Worker {
  records = 0
  commits = 0
  readonly #parts: WorkerParts
  readonly #wake = signalled()
  readonly #intake: Intake
  readonly #producer: Producer
  readonly #membership: Membership
  readonly #outbox: Outbox
  readonly #changes: Outbox
  readonly #committer: Committer
  readonly #turns: Turns
  readonly #heldEnds: HeldEnds
  readonly #tasks: TaskSet
  readonly #standbys: StandbySet
  readonly #plan: CurrentPlan
  /** What is not committed has to go before the next join. */
  #lost = false
  #fatal: unknown
  #ready = false
  readonly #trouble: Trouble
  readonly #closeLimit: CloseLimit
  #paused = false
  #state: RunState = 'starting'
  #closing = false
  /** Who waits for the worker to have nothing to do. */
  #idle: (() => void)[] = []
  /** A commit has failed, or the membership is lost: its tasks are those of before until they have been opened again. */
  #behind = false
  /** Who waits for that. */
  #waiting: (() => void)[] = []

  constructor(parts: WorkerParts) {
    this.#parts = parts
    const { log, settings, home, slot, firstPlan } = parts
    const { application } = firstPlan.spec
    this.#plan = new CurrentPlan(log, firstPlan, parts.plan)
    this.#trouble = new Trouble(settings.clock)
    this.#closeLimit = new CloseLimit(parts)
    const levels = levelsOf(firstPlan.spec)
    this.#heldEnds = new HeldEnds(log, settings.clock, this.#wake.call)
    this.#intake = new Intake(log, settings, levels, this.#wake.call)
    const onFailed = (error: unknown): void => {
      this.#fatal ??= error
      this.#wake.call()
    }
    this.#standbys = new StandbySet({ ...parts, plan: () => this.#plan.now, onFailed })
    this.#tasks = new TaskSet({
      open: (planned, signal) => this.#open(planned, signal),
      intake: this.#intake,
      onOpened: () => {
        this.#committer.touched()
        if (!this.#tasks.opening && this.#fatal === undefined) this.#become('running')
        this.#wake.call()
      },
      onFailed,
    })
    const exactly = settings.guarantee === 'exactly-once'
    this.#producer = log.producer(
      exactly ? { transactionalId: transactionalIdOf(application, home.instance, slot) } : {},
    )
    const largestBatch = (topic: string): number => this.#plan.sizes.largestBatch(topic)
    this.#outbox = new Outbox(this.#producer, largestBatch)
    this.#changes =
      exactly || log.state !== undefined ? this.#outbox : new Outbox(this.#producer, largestBatch, { holds: true })
    this.#committer = new Committer({
      log,
      settings,
      group: application,
      producer: this.#producer,
      outbox: this.#outbox,
      changes: this.#changes,
      onBegun: () => this.#trouble.tries(),
      onSettled: tookSomething => {
        this.commits++
        this.#trouble.settled(tookSomething)
        parts.onCommitted()
        this.#wake.call()
      },
      onFailed: () => {
        this.#behind = true
        this.#wake.call()
      },
    })
    this.#turns =
      levels.length > 1
        ? new PriorityTurns(this.#committer, settings.clock, levels, () => this.#intake.came())
        : new EvenTurns(this.#committer)
    this.#membership = new Membership({
      log,
      home,
      settings,
      slot,
      application,
      topics: () => this.#plan.now.topics,
      userData: () => {
        const owned = this.#tasks.names
        return encodeClaim({ owned, zone: settings.zone, ...this.#standbys.claim(owned) })
      },
      assign: members => this.#assign(members),
      onDue: this.#wake.call,
      onLost: error => {
        this.#goBack(error instanceof SluiceError ? error.code : 'FENCED')
        this.#wake.call()
      },
    })
  }

  get state(): RunState {
    return this.#paused && this.#state === 'running' ? 'paused' : this.#state
  }

  get tasks(): readonly OpenTask[] {
    return this.#tasks.all
  }

  get standbys(): readonly StandbyStatus[] {
    return this.#standbys.status
  }

  get lag(): number {
    return this.tasks.reduce((sum, { task }) => sum + task.lag, 0)
  }

  get inputs(): readonly InputStatus[] {
    const tasks = this.tasks
    const full = this.#committer.full(tasks) ? 'a commit that makes room for more (maxUncommittedBytes)' : undefined
    return inputStatus(
      tasks.map(({ task }) => task),
      this.#parts.settings.clock.now(),
      this.#paused ? 'pause()' : full,
    )
  }

  /** Whether the log may show more as committed than the tasks have, which are about to be closed. */
  get behind(): boolean {
    return this.#behind
  }

  /**
   * Resolves when what the log shows as committed is in the state too. A commit that has failed may have taken place there:
   * then its tasks are opened again before. Never where the worker ends instead.
   */
  async settled(): Promise<void> {
    await this.#committer.finished()
    if (this.#behind) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  pause(paused: boolean): void {
    this.#paused = paused
    this.#wake.call()
  }

  /**
   * Resolves when the worker has looked around once more and has nothing to do but wait for records or for time to pass:
   * timers that are due are called, and what they did is committed. One that has ended never is.
   */
  idle(): Promise<void> {
    return new Promise(resolve => {
      this.#idle.push(resolve)
      this.#wake.call()
    })
  }

  /** Asks for a new distribution of tasks: the topics have changed. */
  rejoin(): void {
    this.#membership.rejoin()
  }

  close(): void {
    this.#closing = true
    this.#closeLimit.begins()
    this.#wake.call()
    this.#trouble.wake()
    void this.#quietly(() => this.#membership.giveUp())
  }

  /** Works until `close`, or until an error stops it: then what was not committed is dropped, and the answer rejects. */
  async run(): Promise<void> {
    try {
      while (!this.#closing) {
        try {
          if (this.#membership.due) await this.#join()
          else await this.#step().catch(this.#ifOwned)
        } catch (error) {
          if (!this.#membership.left) await this.#recover(error)
        }
      }
      this.#become('closing')
      // Who gave up a join has committed all before, and its place is another's.
      if (!this.#membership.left) await this.#lastCommit()
    } catch (error) {
      this.#closeLimit.begins()
      const told = this.#closing ? this.#closeLimit.explained(error) : error
      await this.#committer.forget()
      // Ends its transaction, so that others need not wait for the broker to do so.
      await this.#quietly(() => this.#producer.close())
      throw told
    } finally {
      await this.#shutDown()
      this.#closeLimit.ends()
    }
  }

  /** One round: take what has arrived, process for a while, commit when it is time; sleep when there is nothing to do. */
  async #step(): Promise<void> {
    if (this.#fatal !== undefined) throw this.#fatal
    const { clock } = this.#parts.settings
    const { claim } = this.#membership
    const began = clock.now()
    const asleep = this.#wake.wait()
    const asking = this.#idle.length
    this.#committer.check()
    const arrived = this.#intake.deliver(this.tasks)
    const worked = this.#paused ? 0 : await this.#turns.work(this.tasks)
    this.records += worked
    this.#intake.listen(this.tasks)
    const fired = this.#paused ? false : await fireTimers(this.tasks, clock)
    if (fired) this.#committer.touched()
    const tasks = this.tasks
    this.#intake.hold(tasks, this.#paused)
    const due = fired && timerIn(tasks, clock, began) <= 0
    const busy = due || (worked > 0 && tasks.some(({ task }) => task.ready))
    const wait = claim === undefined ? undefined : await this.#turns.commit(tasks, claim, busy)
    this.#parts.onChange()
    if (worked > 0 || arrived || fired) return this.#turns.pause()
    const timer = this.#paused ? Number.POSITIVE_INFINITY : timerIn(tasks, clock, began)
    const look = this.#heldEnds.look(tasks.flatMap(({ task }) => task.queues))
    const sleep = Math.min(wait ?? Number.POSITIVE_INFINITY, timer, look - steadyTime(clock))
    const cancel = Number.isFinite(sleep) ? clock.after(Math.max(0, sleep), this.#wake.call) : undefined
    // Those who asked since this round began wait for the next one: it may find more to do.
    const calling = tasks.some(({ task }) => task.calls > 0)
    if (!this.#tasks.opening && !this.#membership.due && !this.#committer.pending && !calling) {
      for (const resolve of this.#idle.splice(0, asking)) resolve()
    }
    await asleep
    cancel?.()
  }

  /** Everything processed so far, committed. */
  async #commitAll(): Promise<void> {
    const { claim } = this.#membership
    if (claim === undefined || this.#lost) return
    await this.#committer.settle()
    // Who has nothing to commit at its end needs no broker.
    if (this.#closing && !this.#committer.moved(this.tasks)) return
    await this.#committer.commit(this.tasks, claim)
    await this.#committer.settle()
  }

  /** Whoever was replaced just before has nothing to commit: its work is another's, and is done there. */
  async #lastCommit(): Promise<void> {
    try {
      await this.#commitAll()
    } catch (error) {
      if (!(error instanceof SluiceError && error.code === 'FENCED')) throw error
      this.#parts.counters.add('fenced_at_close', this.#plan.now.spec.application)
      await this.#committer.forget()
    }
  }

  async #join(): Promise<void> {
    this.#become('rebalancing')
    this.#trouble.tries()
    await this.#tasks.stopOpening()
    // Before the commit: the positions in a topic that was made again are those of the old one.
    await this.#look()
    if (!this.#lost) await this.#commitAll()
    else {
      await this.#dropAll()
      // The producer may have an open transaction with what was dropped: the next commit must not take it along.
      this.#ready = false
    }
    if (!this.#ready) await this.#producer.init()
    this.#ready = true
    this.#membership.due = false
    this.#lost = false
    if (this.#membership.claim === undefined) await this.#membership.evict()
    if (this.#closing) return
    const assignment = await this.#membership.join()
    if (!assignment.continuous) await this.#dropAll()
    await this.#take(assignment)
    this.#trouble.settled(false)
  }

  #look(): Promise<void> {
    return this.#plan.look(this.#tasks.names)
  }

  async #take(assignment: Assignment): Promise<void> {
    const { tasks, standbys } = handed(assignment)
    if ([...tasks, ...standbys].some(name => !this.#plan.now.tasksByName.has(name))) await this.#look()
    const planned = plannedTasks(this.#plan.now, tasks)
    // A task that becomes a standby is closed first; one that was a standby takes its state over.
    await this.#tasks.become(planned)
    await this.#standbys.become(plannedTasks(this.#plan.now, standbys), planned)
    this.#become(this.#tasks.opening ? 'restoring' : 'running')
  }

  #open(planned: TaskSpec, signal: AbortSignal): Promise<OpenTask> {
    const mine = { plan: this.#plan.now, outbox: this.#outbox, sizes: this.#plan.sizes, wake: this.#wake.call }
    const standby = () => this.#standbys.take(planned.name)
    return openTask({ ...this.#parts, ...mine, planned, standby, signal })
  }

  /** Forgets all that no commit has taken: the tasks begin again from the last commit. */
  async #dropAll(): Promise<void> {
    await this.#tasks.stopOpening()
    await this.#committer.forget()
    this.#fatal = undefined
    this.#outbox.clear()
    this.#changes.clear()
    await this.#tasks.drop()
    // Another thread may have been given them since.
    await this.#standbys.drop()
  }

  /** What has failed after the membership was lost is dropped with all the rest: the next owner meets it if it is to be met. */
  readonly #ifOwned = (error: unknown): void => {
    if (!this.#lost) throw error
  }

  /**
   * What can be gone through again is: after a lost membership or a failed commit, everything uncommitted is dropped, this
   * worker fences itself by a new `init`, and the tasks start from what is committed. Anything else ends the worker.
   */
  async #recover(error: unknown): Promise<void> {
    if (this.#closing || !(error instanceof SluiceError)) throw error
    const { log } = this.#parts
    const { application } = this.#plan.now.spec
    const mayGoOn =
      this.#mayPass(error) ||
      isForgotten(this.#plan.sizes, error) ||
      (await isReplaced(log, application, error)) ||
      (await isLowered(this.#plan.sizes, error))
    if (!mayGoOn) throw await goneRecords(log, application, error)
    this.#goBack(error.code)
    await this.#dropAll()
    this.#ready = false
    this.#become('rebalancing')
    if (!this.#closing) await this.#trouble.rest()
  }

  /**
   * The next join begins with what is committed. Counted once, whoever hears of it first: the heartbeats or the commit that
   * is refused, whose error goes with all the rest.
   */
  #goBack(why: ErrorCode): void {
    if (!this.#lost) this.#parts.counters.add('recovered', why)
    this.#lost = true
    this.#behind = true
    this.#membership.due = true
  }

  /** Brokers may come back, up to a time. */
  #mayPass(error: SluiceError): boolean {
    if (passes(error, this.#plan.now)) return true
    if (error.code !== 'BROKER' || this.commits === 0) return false
    return this.#trouble.outage() < this.#parts.settings.outageTimeout
  }

  async #assign(members: readonly MemberInfo[]): Promise<ReadonlyMap<string, MemberAssignment>> {
    await this.#look()
    return assignmentsOf(this.#plan.now, members)
  }

  #become(state: RunState): void {
    this.#state = state
    if (state === 'running') {
      this.#behind = false
      for (const resolve of this.#waiting.splice(0)) resolve()
    }
    this.#parts.onChange()
  }

  async #shutDown(): Promise<void> {
    await this.#quietly(() => this.#tasks.stopOpening())
    await this.#quietly(() => this.#committer.forget())
    const membership = this.#membership
    await this.#quietly(() => membership.leave())
    if (membership.claim !== undefined || membership.left) await this.#quietly(() => membership.evict(farewell))
    await this.#quietly(() => this.#intake.close())
    await this.#quietly(() => this.#tasks.drop())
    await this.#quietly(() => this.#standbys.close())
    await this.#quietly(() => this.#producer.close())
  }

  /** While things are being taken down, the first error is the one to tell. */
  async #quietly(step: () => Promise<void>): Promise<void> {
    try {
      await step()
    } catch (error) {
      this.#parts.counters.add('shutdown_errors', error instanceof SluiceError ? error.code : 'unknown')
    }
  }
}
