import { BehaviorSubject, type Observable } from 'rxjs'
import { SluiceError } from '../errors.js'
import type { Log } from '../log/log.js'
import { storeReader } from '../query/store-reader.js'
import type { StoreReader, StoreRef } from '../query/reader.js'
import type { KeyValueStore } from '../store/key-value.js'
import type { StateStore } from '../store/state-db.js'
import type { GlobalTableSpec, StoreSpec } from '../topology/spec.js'
import type { Counters } from './counters.js'
import { drained } from './drained.js'
import { GlobalTables } from './global-tables.js'
import type { Running, Settings, Status } from './options.js'
import type { Plan } from './plan.js'
import { repartitionCleaner } from './repartition-cleaner.js'
import type { StateHome } from './state-home.js'
import { topicWatcher } from './topic-watcher.js'
import { Worker } from './worker.js'

export interface InstanceParts {
  readonly log: Log
  /** Whether the log is closed with the pipeline. */
  readonly ownsLog: boolean
  readonly home: StateHome
  readonly settings: Settings
  readonly counters: Counters
  readonly plan: () => Promise<Plan>
  readonly firstPlan: Plan
  readonly signal: AbortSignal | undefined
  readonly onError: ((error: Error) => void) | undefined
}

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** A pipeline that runs in this process: the handle that a user holds. */
export class Instance implements Running {
  readonly closed: Promise<void>
  /** Resolves when the tasks have their state for the first time; rejects with what stops the pipeline before. */
  readonly ready: Promise<void>
  readonly #parts: InstanceParts
  readonly #worker: Worker
  readonly #globals: GlobalTables
  readonly #status: BehaviorSubject<Status>
  readonly #onCommit = new Set<() => void>()
  readonly #waiting = new Set<Waiting>()
  readonly #waitingForState = new Set<Waiting>()
  readonly #stopCleaning: () => void
  readonly #stopWatching: () => void
  #plan: Plan
  #error: Error | undefined
  /** Whether somebody got to know of the error. */
  #told = false
  #ended = false
  #globalFailure: { readonly error: unknown } | undefined

  constructor(parts: InstanceParts) {
    this.#parts = parts
    this.#plan = parts.firstPlan
    const { log, home, settings, counters } = parts
    this.#globals = new GlobalTables({
      log,
      home,
      settings,
      counters,
      spec: parts.firstPlan.spec,
      onFailed: error => this.#stop(error),
      onWritten: () => {
        for (const call of [...this.#onCommit]) call()
      },
    })
    this.#worker = new Worker({
      log,
      home,
      settings,
      counters,
      plan: async () => (this.#plan = await parts.plan()),
      firstPlan: parts.firstPlan,
      slot: 0,
      globals: this.#globals.stores,
      onChange: () => this.#publish(),
      onCommitted: () => {
        tell(this.#waiting, ({ resolve }) => resolve())
        for (const call of [...this.#onCommit]) call()
      },
    })
    this.#status = new BehaviorSubject(this.status)
    this.#stopCleaning = repartitionCleaner(log, settings.clock, parts.firstPlan, () => this.#worker.tasks)
    this.#stopWatching = topicWatcher(log, settings, parts.firstPlan, () => this.#worker.rejoin())
    this.ready = new Promise((resolve, reject) => this.#waitingForState.add({ resolve, reject }))
    this.ready.catch(() => {})
    this.closed = this.#run()
    // Whoever awaits `closed`, `close` or `drained` gets the error; nobody has to.
    this.closed.catch(() => {})
    parts.signal?.addEventListener('abort', this.#abort, { once: true })
    if (parts.signal?.aborted === true) this.#abort()
  }

  get state$(): Observable<Status> {
    return this.#status.asObservable()
  }

  get status(): Status {
    const { records, lag, commits, state } = this.#worker
    const status: Status = {
      state: this.#error !== undefined ? 'error' : this.#ended ? 'closed' : state,
      tasks: this.#worker.tasks.map(({ task }) => task.name),
      records,
      lag,
      commits,
      counters: this.#parts.counters.snapshot(),
    }
    return this.#error === undefined ? status : { ...status, error: this.#error }
  }

  drained(): Promise<void> {
    const { log, settings } = this.#parts
    if (this.#ended) return this.#telling(Promise.reject(this.#error ?? notRunning()))
    // Rows first: what is looked up then includes all that was readable at the call.
    const caughtUp = this.#globals.caughtUp()
    return this.#telling(caughtUp.then(() => drained(log, this.#plan, settings.clock, () => this.#nextCommit())))
  }

  query<K, V>(store: StoreRef<K, V>): StoreReader<K, V>
  query(store: string): StoreReader<unknown, unknown>
  query(store: string | StoreRef<unknown, unknown>): StoreReader<unknown, unknown> {
    const name = typeof store === 'string' ? store : store.name
    const global = this.#plan.spec.globals?.find(each => each.name === name)
    if (global !== undefined) return this.#globalReader(global)
    const spec = this.#plan.spec.stores.find(each => each.name === name)
    if (spec === undefined) {
      const names = [...this.#plan.spec.stores, ...(this.#plan.spec.globals ?? [])].map(each => each.name)
      throw new SluiceError('UNKNOWN_STORE', `there is no store "${name}"`, {
        place: { store: name },
        hint: names.length === 0 ? 'this pipeline has no stores' : `the stores are ${names.join(', ')}`,
      })
    }
    return storeReader({
      name,
      key: spec.key,
      value: spec.value,
      partitions: this.#plan.partitionsOfStore(name),
      local: () => this.#localStores(spec),
      onCommit: call => {
        this.#onCommit.add(call)
        return () => this.#onCommit.delete(call)
      },
    })
  }

  #globalReader({ name, key, value }: GlobalTableSpec): StoreReader<unknown, unknown> {
    return storeReader({
      name,
      key,
      value,
      partitions: 1,
      local: () => {
        const state = this.#globals.stateOf(name)
        if (this.#ended) throw this.#error ?? notRunning()
        return new Map(state === undefined ? [] : [[0, state]])
      },
      onCommit: call => {
        this.#onCommit.add(call)
        return () => this.#onCommit.delete(call)
      },
    })
  }

  /** The stores of that name as the tasks of this process see them, uncommitted changes included. */
  storesOf<K, V>(name: string): KeyValueStore<K, V>[] {
    if (this.#ended) throw this.#error ?? notRunning()
    const global = this.#globals.stores.get(name)
    if (global !== undefined) return [global as unknown as KeyValueStore<K, V>]
    const stores = this.#worker.tasks.flatMap(({ task }) => task.stores.filter(store => store.name === name))
    return stores as unknown as KeyValueStore<K, V>[]
  }

  /** Resolves when there is nothing to do before more records come or time passes. */
  idle(): Promise<void> {
    return this.#worker.idle()
  }

  pause(): void {
    this.#worker.pause(true)
    this.#publish()
  }

  resume(): void {
    this.#worker.pause(false)
    this.#publish()
  }

  async close(): Promise<void> {
    this.#abort()
    try {
      await this.closed
    } catch (error) {
      if (!this.#told) throw error
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run(): Promise<void> {
    try {
      await this.#globals.open().catch((error: unknown) => this.#stop(error))
      await this.#worker.run()
      if (this.#globalFailure !== undefined) throw this.#globalFailure.error
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error))
      this.#parts.onError?.(this.#error)
      this.#told ||= this.#parts.onError !== undefined
      throw this.#error
    } finally {
      this.#ended = true
      this.#stopCleaning()
      this.#stopWatching()
      this.#parts.signal?.removeEventListener('abort', this.#abort)
      await this.#globals.close()
      await this.#parts.home.close()
      if (this.#parts.ownsLog) await this.#parts.log.close()
      this.#publish()
      const someone = this.#told || this.#waiting.size + this.#waitingForState.size > 0 || this.#status.observed
      if (this.#error !== undefined && !someone) process.emitWarning(`a pipeline stopped: ${this.#error.message}`)
      this.#status.complete()
      for (const waiting of [this.#waiting, this.#waitingForState]) {
        tell(waiting, ({ reject }) => reject(this.#error ?? notRunning()))
      }
      this.#onCommit.clear()
    }
  }

  /** Passes an outcome on, and notes that an error was seen. */
  async #telling(outcome: Promise<void>): Promise<void> {
    try {
      await outcome
    } catch (error) {
      this.#told = true
      throw error
    }
  }

  readonly #abort = (): void => {
    this.#globals.interrupt()
    this.#worker.close()
  }

  /** A global table has failed: the tasks end as at a close, and the pipeline with the error. */
  #stop(error: unknown): void {
    this.#globalFailure ??= { error }
    this.#worker.close()
  }

  #localStores(spec: StoreSpec): ReadonlyMap<number, StateStore> {
    if (this.#ended) throw this.#error ?? notRunning()
    const tasks = this.#worker.tasks.filter(({ task }) => task.sub.stores.includes(spec))
    return new Map(tasks.map(open => [open.task.partition, open.stateOf(spec.name)]))
  }

  /** Resolves at the next commit; rejects when the pipeline ends before it. */
  #nextCommit(): Promise<void> {
    if (this.#ended) return Promise.reject(this.#error ?? notRunning())
    return new Promise((resolve, reject) => this.#waiting.add({ resolve, reject }))
  }

  #publish(): void {
    const { status } = this
    if (status.state === 'running' || status.state === 'paused') {
      tell(this.#waitingForState, ({ resolve }) => resolve())
    }
    this.#status.next(status)
  }
}

function tell(waiting: Set<Waiting>, how: (each: Waiting) => void): void {
  const all = [...waiting]
  waiting.clear()
  for (const each of all) how(each)
}

function notRunning(): SluiceError {
  return new SluiceError('NOT_RUNNING', 'the pipeline has been closed', { hint: 'start it again' })
}
