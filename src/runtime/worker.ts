import { SluiceError, type ErrorCode } from '../errors.js'
import type { Assignment, GroupClaim, Log, Member, MemberAssignment, MemberInfo, Producer, Reader } from '../log/log.js'
import { assignTasks, decodeClaim, encodeClaim } from './assignor.js'
import { Committer } from './committer.js'
import type { Counters } from './counters.js'
import { instanceIdOf, transactionalIdOf } from './former-slots.js'
import type { RunState, Settings } from './options.js'
import { Outbox } from './outbox.js'
import type { Plan } from './plan.js'
import type { ManagedStore } from '../store/key-value.js'
import type { TaskSpec } from '../topology/cut.js'
import type { StateHome } from './state-home.js'
import { openTask, type OpenTask } from './open-task.js'
import { HeldEnds } from './held-ends.js'
import { levelOf } from './input-choices.js'
import { inputStatus, type InputStatus } from './input-status.js'
import type { Task } from './task.js'
import { TaskTurns } from './task-turns.js'
import { TopicSizes } from './topic-sizes.js'
import { signalled } from './wake.js'

export interface WorkerParts {
  readonly log: Log
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

/** Records between two looks at the clock and at what has arrived. */
const stride = 256
/** How long the tasks may work before sockets and timers get their turn, in milliseconds. */
const turn = 8
/** The same where some records are to go before others: they may be about to arrive. */
const brief = { stride: 32, turn: 1 }
/**
 * And for so long after the last of those, in milliseconds: each step of it, from the fetch to the commit, waits for a turn,
 * and its commit for the one under way. So turns are as short as can be, and commits small: what goes last waits for the
 * next one when it has written so many bytes.
 */
const alert = { stride: 8, turn: 0.25, lasts: 5_000, bytes: 128 << 10 }
/** Between two turns of others while a commit of what went first is under way, in milliseconds: the cores are the log's then. */
const giveWay = 1

/**
 * One member of the group with one producer: it takes tasks, feeds them, and commits for all of them together. One loop;
 * whatever happens outside (a rebalance, a lost membership, a failed commit) is noted and handled between two records.
 */
export class Worker {
  records = 0
  commits = 0
  readonly #parts: WorkerParts
  readonly #wake = signalled()
  readonly #reader: Reader
  readonly #producer: Producer
  readonly #member: Member
  readonly #instanceId: string | undefined
  readonly #outbox: Outbox
  readonly #sizes: TopicSizes
  readonly #committer: Committer
  /** Set where sources have priorities. */
  readonly #turns: TaskTurns<Task> | undefined
  readonly #lowest: number
  /** Until when turns are kept as short as can be, in milliseconds since the epoch. */
  #alertUntil = Number.NEGATIVE_INFINITY
  /** What went first is being committed. */
  #serving = false
  readonly #heldEnds: HeldEnds
  readonly #stop = new AbortController()
  readonly #tasks = new Map<string, OpenTask>()
  /** Tasks whose state is being restored, to be joined into `#tasks`. */
  readonly #opening = new Map<string, { task: Promise<void>; abort: AbortController }>()
  #plan: Plan
  #claim: GroupClaim | undefined
  #joinAgain = true
  /** What is not committed has to go before the next join. */
  #lost = false
  #fatal: unknown
  #ready = false
  /** When the present trouble with the brokers began, if there is one. */
  #outage: number | undefined
  #paused = false
  #state: RunState = 'starting'
  #closing = false
  /** Who waits for the worker to have nothing to do. */
  #idle: (() => void)[] = []

  constructor(parts: WorkerParts) {
    this.#parts = parts
    const { log, settings, home, slot, firstPlan } = parts
    const { application } = firstPlan.spec
    this.#plan = firstPlan
    const levels = new Set(firstPlan.spec.nodes.flatMap(node => (node.kind === 'source' ? levelOf(node) : [])))
    this.#turns = levels.size > 1 ? new TaskTurns(levels) : undefined
    this.#lowest = Math.min(...levels)
    this.#sizes = new TopicSizes(log, firstPlan)
    this.#heldEnds = new HeldEnds(log, settings.clock, this.#wake.call)
    this.#reader = log.reader({
      isolation: 'read_committed',
      maxPartitionBytes: settings.maxPartitionBytes,
      onReady: this.#wake.call,
    })
    const exactly = settings.guarantee === 'exactly-once'
    this.#producer = log.producer(
      exactly ? { transactionalId: transactionalIdOf(application, home.instance, slot) } : {},
    )
    this.#outbox = new Outbox(this.#producer, topic => this.#sizes.largestBatch(topic))
    this.#committer = new Committer({
      log,
      settings,
      group: application,
      producer: this.#producer,
      outbox: this.#outbox,
      onSettled: () => {
        this.commits++
        this.#outage = undefined
        this.#serving = false
        parts.onCommitted()
        this.#wake.call()
      },
      onFailed: this.#wake.call,
    })
    // Where a crash leaves a member behind, this one is known by its slot: its successor need not wait for the session.
    this.#instanceId = log.evict === undefined ? undefined : instanceIdOf(home.instance, slot)
    this.#member = log.member({
      group: application,
      ...(this.#instanceId === undefined ? {} : { instanceId: this.#instanceId }),
      protocol: 'sluice',
      topics: () => this.#plan.topics,
      userData: () => encodeClaim({ owned: [...this.#tasks.keys()], zone: settings.zone }),
      assign: members => this.#assign(members),
      onRebalance: () => {
        this.#joinAgain = true
        this.#wake.call()
      },
      onLost: error => {
        this.#goBack(error instanceof SluiceError ? error.code : 'FENCED')
        this.#wake.call()
      },
      clock: settings.clock,
    })
  }

  get state(): RunState {
    return this.#paused && this.#state === 'running' ? 'paused' : this.#state
  }

  get tasks(): readonly OpenTask[] {
    return [...this.#tasks.values()]
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

  /** Resolves when what the log shows as committed is in the state too. */
  settled(): Promise<void> {
    return this.#committer.finished()
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
    this.#joinAgain = true
    this.#wake.call()
  }

  close(): void {
    this.#closing = true
    this.#stop.abort()
    this.#wake.call()
  }

  /** Works until `close`, or until an error stops it: then what was not committed is dropped, and the answer rejects. */
  async run(): Promise<void> {
    try {
      while (!this.#closing) {
        try {
          if (this.#joinAgain) await this.#join()
          else await this.#step()
        } catch (error) {
          await this.#recover(error)
        }
      }
      this.#become('closing')
      await this.#lastCommit()
    } catch (error) {
      await this.#committer.forget()
      await this.#quietly(() => this.#producer.abort())
      throw error
    } finally {
      await this.#shutDown()
    }
  }

  /** One round: take what has arrived, process for a while, commit when it is time; sleep when there is nothing to do. */
  async #step(): Promise<void> {
    if (this.#fatal !== undefined) throw this.#fatal
    const asleep = this.#wake.wait()
    const asking = this.#idle.length
    this.#committer.check()
    let arrived = false
    for (const fetched of this.#reader.poll()) {
      arrived = true
      for (const { task } of this.#tasks.values()) task.add(fetched)
    }
    const worked = this.#paused ? 0 : await this.#process()
    const fired = this.#paused ? false : await this.#fireTimers()
    this.#hold()
    const tasks = this.tasks
    const due = fired && this.#nextTimer() <= this.#parts.settings.clock.now()
    const busy = due || (worked > 0 && tasks.some(({ task }) => task.ready))
    // What went before others is committed before them, too.
    const ahead = this.#ahead(tasks)
    if (ahead) this.#alertUntil = this.#parts.settings.clock.now() + alert.lasts
    const soon = !busy || ahead || this.#enough(tasks)
    const wait = this.#claim === undefined ? undefined : await this.#committer.consider(tasks, this.#claim, soon)
    if (ahead) this.#serving = this.#committer.running
    if (worked > 0 || arrived || fired) {
      this.#parts.onChange()
      if (this.#serving) await Promise.race([asleep, new Promise<void>(next => setTimeout(next, giveWay))])
      await new Promise<void>(next => setImmediate(next))
      return
    }
    this.#parts.onChange()
    const { clock } = this.#parts.settings
    const timer = this.#paused ? Number.POSITIVE_INFINITY : this.#nextTimer()
    const look = this.#heldEnds.look(tasks.flatMap(({ task }) => task.queues))
    const sleep = Math.min(wait ?? Number.POSITIVE_INFINITY, Math.min(timer, look) - clock.now())
    const cancel = Number.isFinite(sleep) ? clock.after(Math.max(0, sleep), this.#wake.call) : undefined
    // Those who asked since this round began wait for the next one: it may find more to do.
    const calling = tasks.some(({ task }) => task.calls > 0)
    if (this.#opening.size === 0 && !this.#joinAgain && !this.#committer.pending && !calling) {
      for (const resolve of this.#idle.splice(0, asking)) resolve()
    }
    await asleep
    cancel?.()
  }

  async #process(): Promise<number> {
    if (this.#turns !== undefined) return this.#processByPriority(this.#turns)
    const until = performance.now() + turn
    let worked = 0
    let again = true
    while (again && performance.now() < until && !this.#committer.full(this.tasks)) {
      again = false
      for (const { task } of this.#tasks.values()) {
        const result = task.run(stride)
        const count = typeof result === 'number' ? result : await result
        if (count > 0) this.#committer.touched()
        worked += count
        again ||= count === stride
      }
    }
    this.records += worked
    return worked
  }

  async #processByPriority(turns: TaskTurns<Task>): Promise<number> {
    const open = this.tasks
    const tasks = open.map(({ task }) => task)
    const { turn: short, stride: few } = this.#alerted ? alert : brief
    const until = performance.now() + short
    let worked = 0
    while (performance.now() < until && !this.#committer.full(open)) {
      const task = turns.next(tasks)
      if (task === undefined || (task.level <= this.#lowest && this.#enough(open))) break
      const result = task.run(few)
      const count = typeof result === 'number' ? result : await result
      if (count === 0) break
      this.#committer.touched()
      worked += count
    }
    this.records += worked
    return worked
  }

  /** Whether something that went before others waits for its commit to begin. */
  #ahead(tasks: readonly OpenTask[]): boolean {
    return this.#turns !== undefined && tasks.some(({ task }) => task.reached > this.#lowest)
  }

  get #alerted(): boolean {
    return this.#parts.settings.clock.now() < this.#alertUntil
  }

  /** Whether what goes last is to wait for a commit. */
  #enough(tasks: readonly OpenTask[]): boolean {
    // Only where one will come: it wakes the worker up.
    const coming = this.#turns !== undefined && this.#alerted && this.#committer.pending
    return coming && this.#committer.bytes(tasks) > alert.bytes
  }

  #nextTimer(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { task } of this.#tasks.values()) next = Math.min(next, task.nextWallTimer, task.opensAt)
    return next
  }

  /** Calls the timers on the wall clock that are due. */
  async #fireTimers(): Promise<boolean> {
    const now = this.#parts.settings.clock.now()
    let fired = false
    for (const { task } of this.#tasks.values()) {
      if (task.nextWallTimer > now) continue
      await task.fireWallTimers(now)
      this.#committer.touched()
      fired = true
    }
    return fired
  }

  /** Back-pressure: a partition whose records wait (for the others of its task) is fetched no further. */
  #hold(): void {
    const most = this.#parts.settings.maxPartitionBytes
    for (const { task } of this.#tasks.values()) {
      for (const queue of task.queues) {
        const held = this.#paused || queue.bytes > (queue.held ? most / 2 : most)
        if (held === queue.held) continue
        queue.held = held
        this.#reader.hold(queue.topic, queue.partition, held)
      }
    }
  }

  /** Everything processed so far, committed. */
  async #commitAll(): Promise<void> {
    if (this.#claim === undefined || this.#lost) return
    await this.#committer.settle()
    await this.#committer.commit(this.tasks, this.#claim)
    await this.#committer.settle()
  }

  /** Whoever was replaced just before has nothing to commit: its work is another's, and is done there. */
  async #lastCommit(): Promise<void> {
    try {
      await this.#commitAll()
    } catch (error) {
      if (!(error instanceof SluiceError && error.code === 'FENCED')) throw error
      this.#parts.counters.add('fenced_at_close', this.#plan.spec.application)
      await this.#committer.forget()
    }
  }

  async #join(): Promise<void> {
    this.#become('rebalancing')
    await this.#stopOpening()
    if (!this.#lost) await this.#commitAll()
    else {
      await this.#dropAll()
      // The producer may have an open transaction with what was dropped: the next commit must not take it along.
      this.#ready = false
    }
    if (!this.#ready) await this.#producer.init()
    this.#ready = true
    this.#joinAgain = false
    this.#lost = false
    await this.#look()
    // The state directory has one owner: whoever is in the group under this id is a former process, and dead.
    if (this.#claim === undefined) await this.#evict()
    const assignment = await this.#member.join()
    this.#claim = assignment.claim
    if (!assignment.continuous) await this.#dropAll()
    await this.#take(assignment)
  }

  async #evict(): Promise<void> {
    const { log, firstPlan } = this.#parts
    if (this.#instanceId !== undefined) await log.evict?.(firstPlan.spec.application, this.#instanceId)
  }

  async #look(): Promise<void> {
    this.#plan = await this.#parts.plan()
    this.#sizes.learn(this.#plan)
  }

  #planned(name: string): TaskSpec {
    const planned = this.#plan.tasksByName.get(name)
    if (planned !== undefined) return planned
    const { application } = this.#plan.spec
    throw new SluiceError(
      'BAD_TOPOLOGY',
      `the group "${application}" gave this instance a task that it does not know`,
      {
        place: { task: name },
        hint: 'another version of the pipeline runs under this application id: stop it, or start this one under another id',
      },
    )
  }

  async #take(assignment: Assignment): Promise<void> {
    const names = JSON.parse(Buffer.from(assignment.userData).toString('utf8')) as string[]
    if (names.some(name => !this.#plan.tasksByName.has(name))) await this.#look()
    const mine = new Map(names.map(name => [name, this.#planned(name)]))
    for (const [name, { task }] of [...this.#tasks]) {
      // A topic that a pattern has found since gives a task another input.
      if (!sameInputs(task.inputs, mine.get(name)?.inputs)) await this.#drop(name)
    }
    for (const [name, plan] of mine) if (!this.#tasks.has(name)) this.#open(name, plan)
    this.#become(this.#opening.size > 0 ? 'restoring' : 'running')
  }

  #open(name: string, planned: TaskSpec): void {
    const abort = new AbortController()
    const { log, home, settings, counters, globals } = this.#parts
    const opened = openTask({
      log,
      home,
      settings,
      counters,
      globals,
      plan: this.#plan,
      planned,
      outbox: this.#outbox,
      sizes: this.#sizes,
      signal: abort.signal,
      wake: this.#wake.call,
    })
    const task = opened
      .then(async open => {
        this.#opening.delete(name)
        if (abort.signal.aborted) return open.close()
        this.#tasks.set(name, open)
        for (const { topic, partition, position } of open.task.queues) this.#reader.seek(topic, partition, position)
        this.#committer.touched()
        if (this.#opening.size === 0) this.#become('running')
      })
      .catch((error: unknown) => {
        this.#opening.delete(name)
        if (!abort.signal.aborted) this.#fatal ??= error
      })
      .finally(this.#wake.call)
    this.#opening.set(name, { task, abort })
  }

  async #stopOpening(): Promise<void> {
    const opening = [...this.#opening.values()]
    for (const { abort } of opening) abort.abort()
    await Promise.all(opening.map(({ task }) => task))
  }

  async #drop(name: string): Promise<void> {
    const open = this.#tasks.get(name)!
    this.#tasks.delete(name)
    for (const { topic, partition } of open.task.inputs) this.#reader.drop(topic, partition)
    await open.close()
  }

  /** Forgets all that no commit has taken: the tasks begin again from the last commit. */
  async #dropAll(): Promise<void> {
    await this.#stopOpening()
    await this.#committer.forget()
    this.#fatal = undefined
    this.#outbox.clear()
    for (const name of [...this.#tasks.keys()]) await this.#drop(name)
  }

  /**
   * What can be gone through again is: after a lost membership or a failed commit, everything uncommitted is dropped, this
   * worker fences itself by a new `init`, and the tasks start from what is committed. Anything else ends the worker.
   */
  async #recover(error: unknown): Promise<void> {
    if (this.#closing || !(error instanceof SluiceError) || !this.#mayPass(error)) throw error
    this.#goBack(error.code)
    await this.#dropAll()
    await this.#quietly(() => this.#producer.abort())
    this.#ready = false
  }

  /**
   * The next join begins with what is committed. Counted once, whoever hears of it first: the heartbeats or the commit that
   * is refused, whose error goes with all the rest.
   */
  #goBack(why: ErrorCode): void {
    if (!this.#lost) this.#parts.counters.add('recovered', why)
    this.#lost = true
    this.#joinAgain = true
  }

  /** Fences and unknown outcomes pass by going back to what is committed; brokers may come back, up to a time. */
  #mayPass(error: SluiceError): boolean {
    if (error.code === 'FENCED' || error.code === 'COMMIT_UNKNOWN') return true
    if (error.code !== 'BROKER' || this.commits === 0) return false
    const now = this.#parts.settings.clock.now()
    this.#outage ??= now
    return now - this.#outage < this.#parts.settings.outageTimeout
  }

  async #assign(members: readonly MemberInfo[]): Promise<ReadonlyMap<string, MemberAssignment>> {
    const plan = (this.#plan = await this.#parts.plan())
    const planned = plan.tasksByName
    const claimants = members.map(({ memberId, userData }) => ({ memberId, ...decodeClaim(userData) }))
    const shares = assignTasks(plan.tasks, claimants)
    return new Map(
      [...shares].map(([memberId, names]) => [
        memberId,
        {
          partitions: names.flatMap(name => planned.get(name)!.inputs),
          userData: Buffer.from(JSON.stringify(names)),
        },
      ]),
    )
  }

  #become(state: RunState): void {
    this.#state = state
    this.#parts.onChange()
  }

  async #shutDown(): Promise<void> {
    await this.#quietly(() => this.#stopOpening())
    await this.#quietly(() => this.#committer.forget())
    await this.#quietly(() => this.#member.leave())
    if (this.#claim !== undefined) await this.#quietly(() => this.#evict())
    await this.#quietly(() => this.#reader.close())
    for (const open of this.tasks) await this.#quietly(() => open.close())
    this.#tasks.clear()
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

function sameInputs(inputs: TaskSpec['inputs'], others: TaskSpec['inputs'] | undefined): boolean {
  if (inputs.length !== others?.length) return false
  return inputs.every(({ topic, partition }, i) => topic === others[i]!.topic && partition === others[i]!.partition)
}
