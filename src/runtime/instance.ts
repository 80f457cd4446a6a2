import type { BehaviorSubject, Observable } from 'rxjs'
import { SluiceError, errorText } from '../errors.js'
import type { Log } from '../log/log.js'
import { storeReader, type StateReader, type StoreAccess } from '../query/store-reader.js'
import type { StoreReader, StoreRef } from '../query/reader.js'
import { rxjs } from '../rxjs.js'
import type { KeyValueStore } from '../store/key-value.js'
import type { GlobalTableSpec, StoreSpec } from '../topology/spec.js'
import type { Crew, CrewEvents } from './crew.js'
import { drained } from './drained.js'
import type { RunState, Running, Settings, Status } from './options.js'
import type { Plan } from './plan.js'
import type { StateHome } from './state-home.js'
import { topicWatcher } from './topic-watcher.js'

export interface InstanceParts {
  readonly log: Log
  /** Whether the log is closed with the pipeline. */
  readonly ownsLog: boolean
  readonly home: StateHome
  readonly settings: Settings
  readonly firstPlan: Plan
  /** Whoever does the work: not begun yet. */
  readonly crew: (events: CrewEvents) => Crew
  readonly signal: AbortSignal | undefined
  readonly onError: ((error: Error) => void) | undefined
}

const readable = new Set<StoreSpec['kind']>(['key-value', 'window', 'versioned'])

/** Whether `query` reads such a store: what operators wait with is no table. */
export function isReadable({ kind }: Pick<StoreSpec, 'kind'>): boolean {
  return readable.has(kind)
}

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Somebody who watches a key. */
interface Follower {
  readonly look: () => void
  readonly end: (error?: Error) => void
}

/** A pipeline that runs in this process: the handle that a user holds. */
export class Instance implements Running {
  readonly closed: Promise<void>
  /** Resolves when the tasks have their state for the first time; rejects with what stops the pipeline before. */
  readonly ready: Promise<void>
  readonly #parts: InstanceParts
  readonly #crew: Crew
  /** Made when somebody looks at `state$`. */
  #status: BehaviorSubject<Status> | undefined
  readonly #followers = new Set<Follower>()
  readonly #waiting = new Set<Waiting>()
  readonly #waitingForState = new Set<Waiting>()
  readonly #stopWatching: () => void
  #error: Error | undefined
  /** Whether somebody got to know of the error. */
  #told = false
  /** How many wait for an outcome, and are told of an error with it. */
  #listening = 0
  #ended = false
  /** All is closed and told. */
  #over = false

  constructor(parts: InstanceParts) {
    this.#parts = parts
    const { log, settings, firstPlan } = parts
    this.#crew = parts.crew({
      onChange: () => this.#publish(),
      onCommitted: () => {
        tell(this.#waiting, ({ resolve }) => resolve())
        this.#tellReaders()
      },
      onGlobalWritten: () => this.#tellReaders(),
    })
    this.#stopWatching = topicWatcher(log, settings, firstPlan, () => this.#crew.rejoin())
    this.ready = new Promise((resolve, reject) => this.#waitingForState.add({ resolve, reject }))
    this.ready.catch(() => {})
    this.closed = this.#run()
    // Whoever awaits `closed`, `close` or `drained` gets the error; nobody has to.
    this.closed.catch(() => {})
    parts.signal?.addEventListener('abort', this.#abort, { once: true })
    if (parts.signal?.aborted === true) this.#abort()
  }

  get state$(): Observable<Status> {
    const { BehaviorSubject, defer, of } = rxjs()
    return defer(() => {
      if (this.#over) return of(this.status)
      const status = (this.#status ??= new BehaviorSubject(this.status))
      status.next(this.status)
      return status
    })
  }

  get status(): Status {
    const { tasks, standbys, records, lag, inputs, commits, counters } = this.#crew
    const status: Status = { state: this.#state, tasks, standbys, records, lag, inputs, commits, counters }
    return this.#error === undefined ? status : { ...status, error: this.#error }
  }

  get #state(): RunState {
    return this.#error !== undefined ? 'error' : this.#ended ? 'closed' : this.#crew.state
  }

  drained(): Promise<void> {
    return this.#telling(this.#drained(true))
  }

  /** As `drained`, but entries that wait for time to pass are left waiting. */
  processed(): Promise<void> {
    return this.#telling(this.#drained(false))
  }

  async #drained(pending: boolean): Promise<void> {
    const { log, settings } = this.#parts
    if (this.#ended) throw this.#error ?? notRunning()
    try {
      // Rows first: what is looked up then includes all that was readable at the call.
      await this.#crew.caughtUp()
      await drained(log, this.#crew.plan, settings.clock, (came, ended) => this.#nextCommit(came, ended), pending)
      await Promise.race([this.#crew.settled(), this.closed])
    } catch (error) {
      // A log that closes with the pipeline refuses to answer: what stopped the pipeline says more.
      throw this.#ended ? (this.#error ?? notRunning()) : error
    }
  }

  query<K, V>(store: StoreRef<K, V>): StoreReader<K, V>
  query(store: string): StoreReader<unknown, unknown>
  query(store: string | StoreRef<unknown, unknown>): StoreReader<unknown, unknown> {
    // A handle that an import did not give is nothing yet: the stores that there are say more than a TypeError.
    const name = typeof store === 'string' ? store : String((store as typeof store | undefined)?.name)
    const global = this.#crew.plan.spec.globals?.find(each => each.name === name)
    if (global !== undefined) return this.#globalReader(global)
    const spec = this.#crew.plan.spec.stores.find(each => each.name === name)
    if (spec === undefined) {
      const names = [...this.#crew.plan.spec.stores, ...(this.#crew.plan.spec.globals ?? [])].map(each => each.name)
      throw new SluiceError('UNKNOWN_STORE', `there is no store "${name}"`, {
        place: { store: name },
        hint: names.length === 0 ? 'this pipeline has no stores' : `the stores are ${names.join(', ')}`,
      })
    }
    if (!isReadable(spec)) {
      throw new SluiceError('UNSUPPORTED', `"${name}" holds what an operator has to wait with, and no table`, {
        place: { store: name },
        hint: "query the table behind it: .filter(() => true, { as: '…' }) names one",
      })
    }
    const crew = this.#crew
    // Asked for each time: topics may get more partitions.
    const layout = {
      partitions: () => crew.plan.partitionsOfStore(name),
      placement: () => crew.plan.placementOfStore(name),
    }
    return this.#reader(spec, layout, () => crew.partitions(spec))
  }

  #globalReader(spec: GlobalTableSpec): StoreReader<unknown, unknown> {
    return this.#reader(spec, { partitions: () => 1, placement: () => 'murmur2' }, () => {
      const rows = this.#crew.global(spec.name)
      return new Map(rows === undefined ? [] : [[0, rows]])
    })
  }

  #reader(
    spec: StoreSpec | GlobalTableSpec,
    layout: Pick<StoreAccess<unknown, unknown>, 'partitions' | 'placement'>,
    find: () => ReadonlyMap<number, StateReader>,
  ): StoreReader<unknown, unknown> {
    const { name, key, value } = spec
    return storeReader({
      name,
      key,
      value,
      ...layout,
      sessions: 'size' in spec && spec.size === 'session',
      local: () => {
        if (this.#ended) throw this.#error ?? notRunning()
        return find()
      },
      follow: (look, end) => {
        const follower = { look, end }
        this.#followers.add(follower)
        return () => this.#followers.delete(follower)
      },
    })
  }

  /** The stores of that name as the tasks of this process see them, uncommitted changes included. */
  storesOf<K, V>(name: string): KeyValueStore<K, V>[] {
    if (this.#ended) throw this.#error ?? notRunning()
    return this.#crew.liveStores(name) as unknown as KeyValueStore<K, V>[]
  }

  /** Resolves when there is nothing to do before more records come or time passes, or at the end. @throws what stopped it */
  idle(): Promise<void> {
    return this.#telling(Promise.race([this.#crew.idle?.(), this.closed]))
  }

  /** Looks at the topics anew: a pattern may find others now. */
  rejoin(): void {
    this.#crew.rejoin()
  }

  /** How a store of this pipeline is kept, or a global table. */
  storeSpec(name: string): StoreSpec | GlobalTableSpec {
    const { stores, globals = [] } = this.#crew.plan.spec
    return [...stores, ...globals].find(each => each.name === name)!
  }

  pause(): void {
    this.#crew.pause(true)
    this.#publish()
  }

  resume(): void {
    this.#crew.pause(false)
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
      await this.#crew.run()
    } catch (error) {
      this.#error = asError(error)
      this.#parts.onError?.(this.#error)
      this.#told ||= this.#parts.onError !== undefined
      throw this.#error
    } finally {
      this.#ended = true
      this.#stopWatching()
      this.#parts.signal?.removeEventListener('abort', this.#abort)
      await this.#release().finally(() => this.#tellEnd())
    }
  }

  /** Gives back the state directory and the log. What stopped the pipeline says more than what fails here. */
  async #release(): Promise<void> {
    const { home, log, ownsLog } = this.#parts
    try {
      await home.close().finally(() => (ownsLog ? log.close() : undefined))
    } catch (error) {
      throw (this.#error ??= asError(error))
    }
  }

  /** All is closed: whoever waits for something gets to know it. */
  #tellEnd(): void {
    this.#publish()
    const someone = this.#told || this.#listening + this.#waitingForState.size > 0 || this.#status?.observed === true
    if (this.#error !== undefined && !someone) process.emitWarning(`a pipeline stopped: ${this.#error.message}`)
    this.#status?.complete()
    this.#over = true
    for (const waiting of [this.#waiting, this.#waitingForState]) {
      tell(waiting, ({ reject }) => reject(this.#error ?? notRunning()))
    }
    for (const { end } of [...this.#followers]) end(this.#error)
  }

  /** Passes an outcome on, and notes that an error was seen. */
  async #telling(outcome: Promise<void>): Promise<void> {
    this.#listening++
    try {
      await outcome
    } catch (error) {
      this.#told = true
      throw error
    } finally {
      this.#listening--
    }
  }

  readonly #abort = (): void => this.#crew.close()

  #tellReaders(): void {
    for (const { look } of [...this.#followers]) look()
  }

  #nextCommit(resolve: () => void, reject: (error: Error) => void): () => void {
    const waiting: Waiting = { resolve, reject }
    if (this.#ended) reject(this.#error ?? notRunning())
    else this.#waiting.add(waiting)
    return () => this.#waiting.delete(waiting)
  }

  #publish(): void {
    const state = this.#state
    if (state === 'running' || state === 'paused') tell(this.#waitingForState, ({ resolve }) => resolve())
    // Each turn of a worker comes here: what nobody looks at is not put together.
    if (this.#status?.observed === true) this.#status.next(this.status)
  }
}

function tell(waiting: Set<Waiting>, how: (each: Waiting) => void): void {
  const all = [...waiting]
  waiting.clear()
  for (const each of all) how(each)
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(errorText(thrown))
}

function notRunning(): SluiceError {
  return new SluiceError('NOT_RUNNING', 'the pipeline has been closed', { hint: 'start it again' })
}
