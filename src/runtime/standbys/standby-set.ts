import type { Log } from '../../log/log.js'
import type { TaskSpec } from '../../topology/cut.js'
import { allEnded } from '../../store/all-ended.js'
import type { Claim } from '../assignor.js'
import type { Counters } from '../counters.js'
import type { Settings, StandbyStatus } from '../options.js'
import type { Plan } from '../plan.js'
import { Standby } from './standby.js'
import { StandbyFeed } from './standby-feed.js'
import type { StateHome } from '../state-home.js'
import type { TaskState } from '../task-state.js'

export interface StandbySetParts {
  readonly log: Log
  readonly home: StateHome
  readonly settings: Settings
  readonly counters: Counters
  readonly plan: () => Plan
  /** Something that shows in the status has changed. */
  readonly onChange: () => void
  readonly onFailed: (error: unknown) => void
}

/** The standbys of a worker. */
export class StandbySet {
  readonly #parts: StandbySetParts
  readonly #feed: StandbyFeed
  readonly #standbys = new Map<string, Standby>()

  constructor(parts: StandbySetParts) {
    this.#parts = parts
    const { log, settings, plan } = parts
    this.#feed = new StandbyFeed({ log, clock: settings.clock, group: plan().spec.application })
  }

  get status(): readonly StandbyStatus[] {
    return [...this.#standbys.values()].map(({ status }) => status)
  }

  /** What the worker says of standbys when it joins, having these tasks. */
  claim(owned: readonly string[]): Omit<Claim, 'owned' | 'zone'> {
    const { home, settings, plan } = this.#parts
    const { standbys } = settings
    const { instance } = home
    if (standbys === 0) return { instance, standbys }
    const all = [...this.#standbys.values()]
    const open = new Set([...owned, ...this.#standbys.keys()])
    const { tasksByName } = plan()
    return {
      instance,
      standbys,
      held: all.filter(({ isCurrent }) => isCurrent).map(({ task }) => task),
      building: all.filter(({ isCurrent }) => !isCurrent).map(({ task }) => task),
      kept: home.kept().filter(task => tasksByName.has(task) && !open.has(task)),
    }
  }

  /**
   * Ends those that are gone from the list and begins the new ones.
   *
   * @param tasks the worker's own: they take their standbys themselves
   */
  async become(planned: ReadonlyMap<string, TaskSpec>, tasks: ReadonlyMap<string, TaskSpec>): Promise<void> {
    const gone = [...this.#standbys.keys()].filter(name => !planned.has(name) && !tasks.has(name))
    await this.#end(gone)
    for (const [name, spec] of planned) if (!this.#standbys.has(name)) this.#begin(name, spec)
    this.#parts.onChange()
  }

  /** Ends the standby of a task, and hands its state over. */
  async take(task: string): Promise<TaskState | undefined> {
    const standby = this.#standbys.get(task)
    this.#standbys.delete(task)
    return standby?.end()
  }

  /** Ends all. Others may begin afterwards. */
  drop(): Promise<void> {
    return this.#end([...this.#standbys.keys()])
  }

  async close(): Promise<void> {
    await this.drop()
    await this.#feed.close()
  }

  #begin(name: string, planned: TaskSpec): void {
    const { plan } = this.#parts
    this.#standbys.set(name, new Standby({ ...this.#parts, plan: plan(), planned, feed: this.#feed }))
  }

  /** @throws the first error, when all have ended */
  #end(names: readonly string[]): Promise<void> {
    return allEnded(names.map(async name => (await this.take(name))?.release()))
  }
}
