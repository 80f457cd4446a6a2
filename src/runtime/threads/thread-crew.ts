import type { SluiceError } from '../../errors.js'
import type { Log, SharedLog } from '../../log/log.js'
import type { StateReader } from '../../query/store-reader.js'
import { taskName } from '../../topology/cut.js'
import { fingerprint } from '../../topology/fingerprint.js'
import type { ManagedStore } from '../../store/key-value.js'
import type { StoreSpec } from '../../topology/spec.js'
import type { Crew, CrewEvents } from '../crew.js'
import { farewell, instanceIdOf } from '../former-slots.js'
import type { InputStatus } from '../inputs/input-status.js'
import type { Figures, RunState, Settings, StandbyStatus } from '../options.js'
import type { Plan } from '../plan.js'
import type { StateHome } from '../state-home.js'
import { together } from './figures.js'
import type { Question, ThreadData } from './messages.js'
import { Newcomers } from './newcomers.js'
import { remoteStore } from './remote-store.js'
import { receivedError } from './sent-error.js'
import { Thread, type ThreadNews } from './thread.js'

export interface ThreadCrewParts {
  readonly log: Log
  readonly home: StateHome
  readonly settings: Settings
  readonly shared: SharedLog
  readonly module: string
  readonly plan: () => Promise<Plan>
  readonly firstPlan: Plan
}

/** Several workers, each in a thread of its own, which know nothing of one another: they share tasks as processes do. */
export class ThreadCrew implements Crew {
  readonly #parts: ThreadCrewParts
  readonly #events: CrewEvents
  #threads: readonly Thread[] = []
  #figures: Figures = together([])
  readonly #newcomers: Newcomers
  #plan: Plan
  #paused = false
  #closing = false

  constructor(parts: ThreadCrewParts, events: CrewEvents) {
    this.#parts = parts
    this.#plan = parts.firstPlan
    this.#newcomers = new Newcomers(parts.settings.clock)
    this.#events = events
  }

  get state(): RunState {
    if (this.#threads.length === 0) return 'starting'
    const { state } = this.#figures
    return this.#paused && state === 'running' ? 'paused' : state
  }

  get tasks(): readonly string[] {
    return this.#figures.tasks
  }

  get standbys(): readonly StandbyStatus[] {
    return this.#figures.standbys
  }

  get records(): number {
    return this.#figures.records
  }

  get lag(): number {
    return this.#figures.lag
  }

  get inputs(): readonly InputStatus[] {
    return this.#figures.inputs
  }

  get commits(): number {
    return this.#figures.commits
  }

  get counters(): Readonly<Record<string, number>> {
    return this.#figures.counters
  }

  get plan(): Plan {
    return this.#plan
  }

  partitions({ name: store }: StoreSpec): ReadonlyMap<number, StateReader> {
    const sub = this.#parts.firstPlan.cut.subs.find(({ stores }) => stores.some(({ name }) => name === store))!
    const found = new Map<number, StateReader>()
    for (const thread of this.#threads) {
      for (const task of thread.figures.tasks) {
        const partition = Number(task.slice(task.lastIndexOf('-') + 1))
        if (task === taskName(sub, partition)) found.set(partition, remoteStore(thread, { store, partition }))
      }
    }
    return found
  }

  /** Every thread has its copy. */
  global(table: string): StateReader | undefined {
    const [first] = this.#threads
    return first && remoteStore(first, { store: table, partition: undefined })
  }

  liveStores(): readonly ManagedStore[] {
    return []
  }

  async caughtUp(): Promise<void> {
    this.#plan = await this.#parts.plan()
    await this.#ask({ ask: 'caught-up' })
  }

  async settled(): Promise<void> {
    await this.#ask({ ask: 'settled' })
  }

  pause(paused: boolean): void {
    this.#paused = paused
    for (const thread of this.#threads) thread.tell({ kind: 'pause', paused })
  }

  /** Each of them: only the leader of the group brings about a round without bringing something new itself. */
  rejoin(): void {
    // The threads meet whatever fails here too, and deal with it.
    void this.#parts.plan().then(
      plan => (this.#plan = plan),
      () => {},
    )
    for (const thread of this.#threads) thread.tell({ kind: 'rejoin' })
  }

  close(): void {
    this.#closing = true
    this.#newcomers.close()
    for (const thread of this.#threads) thread.close()
  }

  async run(): Promise<void> {
    const { settings, log, home, firstPlan } = this.#parts
    if (this.#closing) return
    const data = this.#data()
    this.#threads = Array.from(
      { length: settings.threads },
      (_, slot) => new Thread({ ...data, slot }, (news, thread) => this.#hear(news, thread)),
    )
    if (this.#paused) this.pause(true)
    const failures: unknown[] = []
    // One for all: the tasks of a thread that has failed would meet the same record in another one.
    const ends = this.#threads.map(async thread => {
      try {
        await thread.ended
      } catch (error) {
        failures.push(error)
        this.close()
      }
      this.#count()
      if (thread.clean) return
      await log.evict?.(firstPlan.spec.application, instanceIdOf(home.instance, thread.slot), farewell).catch(() => {})
    })
    await Promise.all(ends)
    if (failures.length > 0) throw failures[0]
  }

  /** Asks all; who waits for a thread that has ended learns of that by the end of the pipeline. */
  async #ask(question: Question): Promise<void> {
    const asked = this.#threads.map(async thread => {
      try {
        await thread.ask(question)
      } catch (error) {
        if (!thread.over) throw error
      }
    })
    await Promise.all(asked)
  }

  #data(): Omit<ThreadData, 'slot'> {
    const { settings, shared, home, module, firstPlan } = this.#parts
    const { clock: _, onRestore: __, ...plain } = settings
    return {
      sluice: 'thread',
      module,
      fingerprint: fingerprint(firstPlan.spec),
      instance: home.instance,
      startedAt: firstPlan.startedAt,
      log: shared.options,
      settings: plain,
    }
  }

  #hear(news: ThreadNews, thread: Thread): void {
    const { settings, shared } = this.#parts
    const { onChange, onCommitted, onGlobalWritten } = this.#events
    switch (news.kind) {
      case 'figures':
        this.#count()
        if (!this.#closing) this.#newcomers.look(thread)
        return onChange()
      case 'committed':
        this.#count()
        onCommitted()
        return onChange()
      case 'global-written':
        return onGlobalWritten()
      case 'restore':
        return settings.onRestore(news.progress)
      case 'log-error':
        return shared.onError(receivedError(news.error) as SluiceError)
    }
  }

  #count(): void {
    this.#figures = together(this.#threads.map(({ figures }) => figures))
  }
}
