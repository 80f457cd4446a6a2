import { SluiceError } from '../errors.js'
import type { Log } from '../log/log.js'
import type { StateReader } from '../query/store-reader.js'
import type { ManagedStore } from '../store/key-value.js'
import type { StoreSpec } from '../topology/spec.js'
import type { Counters } from './counters.js'
import type { Crew, CrewEvents } from './crew.js'
import { GlobalTables } from './global-tables.js'
import type { InputStatus } from './inputs/input-status.js'
import type { RunState, Settings, StandbyStatus } from './options.js'
import type { Plan } from './plan.js'
import { repartitionCleaner } from './repartition-cleaner.js'
import type { StateHome } from './state-home.js'
import { Worker } from './worker.js'

export interface LocalCrewParts {
  readonly log: Log
  readonly ownsLog: boolean
  readonly home: StateHome
  readonly settings: Settings
  readonly counters: Counters
  readonly plan: () => Promise<Plan>
  readonly firstPlan: Plan
  readonly slot: number
}

/** One worker in this thread, with the global tables that its tasks look into. */
export class LocalCrew implements Crew {
  readonly #parts: LocalCrewParts
  readonly #worker: Worker
  readonly #globals: GlobalTables
  #plan: Plan
  #globalFailure: { readonly error: unknown } | undefined

  constructor(parts: LocalCrewParts, { onChange, onCommitted, onGlobalWritten }: CrewEvents) {
    this.#parts = parts
    this.#plan = parts.firstPlan
    this.#globals = new GlobalTables({
      ...parts,
      spec: parts.firstPlan.spec,
      onWritten: onGlobalWritten,
      onFailed: error => this.#stop(error),
    })
    this.#worker = new Worker({
      ...parts,
      plan: async () => (this.#plan = await parts.plan()),
      globals: this.#globals.stores,
      onChange,
      onCommitted,
    })
  }

  get state(): RunState {
    return this.#worker.state
  }

  get tasks(): readonly string[] {
    return this.#worker.tasks.map(({ task }) => task.name)
  }

  get standbys(): readonly StandbyStatus[] {
    return this.#worker.standbys
  }

  get records(): number {
    return this.#worker.records
  }

  get lag(): number {
    return this.#worker.lag
  }

  get inputs(): readonly InputStatus[] {
    return this.#worker.inputs
  }

  get commits(): number {
    return this.#worker.commits
  }

  get counters(): Readonly<Record<string, number>> {
    return this.#parts.counters.snapshot()
  }

  get plan(): Plan {
    return this.#plan
  }

  partitions(store: StoreSpec): ReadonlyMap<number, StateReader> {
    if (this.#worker.behind) {
      throw new SluiceError('NOT_RUNNING', 'the tasks go back to what is committed', {
        place: { store: store.name },
        hint: 'ask again when they have been opened',
      })
    }
    const tasks = this.#worker.tasks.filter(({ task }) => task.sub.stores.some(({ name }) => name === store.name))
    return new Map(tasks.map(open => [open.task.partition, open.stateOf(store.name)]))
  }

  global(table: string): StateReader | undefined {
    return this.#globals.stateOf(table)
  }

  liveStores(name: string): readonly ManagedStore[] {
    const global = this.#globals.stores.get(name)
    if (global !== undefined) return [global]
    return this.#worker.tasks.flatMap(({ task }) => task.stores.filter(store => store.name === name))
  }

  caughtUp(): Promise<void> {
    return this.#globals.caughtUp()
  }

  async settled(): Promise<void> {
    await this.#worker.settled()
    // Whoever asks for such ends waits until this log's transactions are visible.
    await this.#parts.log.endOffsets([], 'read_committed')
  }

  idle(): Promise<void> {
    return this.#worker.idle()
  }

  pause(paused: boolean): void {
    this.#worker.pause(paused)
  }

  rejoin(): void {
    this.#globals.lookAgain()
    this.#worker.rejoin()
  }

  close(): void {
    this.#globals.interrupt()
    this.#worker.close()
  }

  async run(): Promise<void> {
    const { log, settings, firstPlan } = this.#parts
    const stopCleaning = repartitionCleaner(log, settings.clock, firstPlan, () => this.#worker.tasks)
    try {
      await this.#globals.open().catch((error: unknown) => this.#stop(error))
      await this.#worker.run()
      if (this.#globalFailure !== undefined) throw this.#globalFailure.error
    } finally {
      stopCleaning()
      await this.#globals.close()
    }
  }

  /** A global table has failed: the tasks end as at a close, and the pipeline with the error. */
  #stop(error: unknown): void {
    this.#globalFailure ??= { error }
    this.#worker.close()
  }
}
