import { SluiceError } from '../errors.js'
import type { Log, Producer } from '../log/log.js'
import { signalled } from '../log/wake.js'
import { BatchBuilder } from '../log/batch/builder.js'
import { partitionId } from '../record.js'
import type { RecordCursor } from '../log/batch/cursor.js'
import { MemoryStateDb } from '../store/memory-db.js'
import type { ManagedStore } from '../store/key-value.js'
import type { StateDb, StateStore } from '../store/state-db.js'
import type { GlobalTableSpec, TopologySpec } from '../topology/spec.js'
import type { Counters } from './counters.js'
import { GlobalTable } from './global-table.js'
import { letterHeaders, letterTime } from './letter-headers.js'
import type { Settings } from './options.js'
import type { StateHome } from './state-home.js'
import { Trouble } from './trouble.js'

export interface GlobalTablesParts {
  readonly log: Log
  readonly home: StateHome
  readonly settings: Settings
  readonly counters: Counters
  readonly spec: TopologySpec
  /** Reading them has stopped, and so has to stop the pipeline. */
  readonly onFailed: (error: unknown) => void
  /** Something has been written. */
  readonly onWritten: () => void
}

/**
 * The global tables of an instance: full copies of their topics, read to the end before anything is processed, then
 * followed. They belong to no task; all tasks look rows up in them.
 */
export class GlobalTables {
  /** By name, once open. */
  readonly stores: Map<string, ManagedStore> = new Map()
  readonly #parts: GlobalTablesParts
  readonly #tables = new Map<string, GlobalTable>()
  readonly #dbs: { readonly db: StateDb; readonly own: boolean }[] = []
  readonly #wake = signalled()
  readonly #trouble: Trouble
  #producer: Producer | undefined
  #following: Promise<void> | undefined
  #closed = false
  /** The topics may have more partitions now. */
  #grown = false
  #failure: unknown
  #waiting: {
    readonly done: () => boolean
    readonly resolve: () => void
    readonly reject: (error: unknown) => void
  }[] = []

  constructor(parts: GlobalTablesParts) {
    this.#parts = parts
    this.#trouble = new Trouble(parts.settings.clock)
  }

  /** Reads every table up to the end of its topic as it is now. @throws SluiceError as a table's policy says, BROKER */
  async open(): Promise<void> {
    const { log, home, settings, spec } = this.#parts
    const globals = spec.globals ?? []
    if (globals.length === 0) return
    const infos = await log.topics.describe(
      globals.map(({ topic }) => topic),
      { config: true },
    )
    if (globals.some(({ onFailure }) => onFailure.kind === 'dead-letter')) {
      this.#producer = log.producer({})
      await this.#producer.init()
    }
    const onDisk = globals.some(each => each.in === 'disk')
      ? await this.#open(() => home.open('global'), true)
      : undefined
    for (const each of globals) {
      const db = each.in === 'disk' ? onDisk! : await this.#open(async () => new MemoryStateDb(), false)
      const table = new GlobalTable({
        spec: each,
        db,
        stateName: `${spec.application}/${each.name}/global`,
        cacheBytes: Math.max(1 << 20, Math.floor(settings.cacheBytes / 8)),
        now: () => settings.clock.now(),
        fail: (error, topic, partition, cursor) => this.#failed(each, error, topic, partition, cursor),
      })
      await table.open(
        log,
        infos.find(({ name }) => name === each.topic)!,
      )
      this.#tables.set(each.name, table)
      this.stores.set(each.name, table.rows)
    }
    this.#following = this.#follow()
    await this.caughtUp()
  }

  /** Resolves when all that is readable now has been taken in. */
  async caughtUp(): Promise<void> {
    const tables = [...this.#tables.values()]
    if (tables.length === 0) return
    const ends = await this.#parts.log.endOffsets(
      tables.flatMap(({ partitions }) => partitions),
      'read_committed',
    )
    const done = (): boolean =>
      tables.every(table =>
        table.partitions.every(
          ({ topic, partition }) => table.next(partition) >= ends.get(partitionId(topic, partition))!,
        ),
      )
    if (this.#failure !== undefined) throw this.#failure
    if (done() || this.#closed) return
    await new Promise<void>((resolve, reject) => this.#waiting.push({ done, resolve, reject }))
  }

  /** The committed rows of a table. */
  stateOf(name: string): StateStore | undefined {
    return this.#tables.get(name)?.state
  }

  /** Looks whether the topics have more partitions now. */
  lookAgain(): void {
    this.#grown = true
    this.#wake.call()
  }

  /** Stops reading, and whoever waits for it. */
  interrupt(): void {
    this.#closed = true
    this.#wake.call()
    this.#trouble.wake()
  }

  async close(): Promise<void> {
    this.interrupt()
    await this.#following
    await this.#producer?.close()
    for (const { db, own } of this.#dbs) await (own ? this.#parts.home.release(db) : db.close())
    this.#dbs.length = 0
  }

  async #open(how: () => Promise<StateDb>, own: boolean): Promise<StateDb> {
    const db = await how()
    this.#dbs.push({ db, own })
    return db
  }

  async #follow(): Promise<void> {
    let isLost = false
    while (!this.#closed && this.#failure === undefined) {
      try {
        if (isLost) await this.#goBack()
        isLost = false
        if (this.#grown) await this.#grow()
        await this.#read()
      } catch (error) {
        isLost = true
        if (!this.#mayPass(error)) this.#stop(error)
        else if (!this.#closed) await this.#trouble.rest()
      }
    }
    if (this.#failure === undefined) for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  /** Brokers may come back, up to a time. */
  #mayPass(error: unknown): boolean {
    if (!(error instanceof SluiceError && error.code === 'BROKER')) return false
    return this.#trouble.outage() < this.#parts.settings.outageTimeout
  }

  async #grow(): Promise<void> {
    this.#grown = false
    this.#trouble.tries()
    const { log } = this.#parts
    const tables = [...this.#tables.values()]
    try {
      const infos = await log.topics.describe(tables.map(({ spec }) => spec.topic))
      for (const table of tables) {
        const info = infos.find(({ name }) => name === table.spec.topic)
        if (info !== undefined) await table.grow(log, info)
      }
      this.#trouble.settled(false)
    } catch (error) {
      this.#grown = true
      throw error
    }
  }

  /** A dead letter may be lost: its record is read again, and all that is not written with it. */
  async #goBack(): Promise<void> {
    for (const table of this.#tables.values()) table.goBack()
    await this.#producer?.abort()
  }

  /** Reads on until it is closed, or until the topics may have grown. @throws what the reader throws; all that was taken in before is written */
  async #read(): Promise<void> {
    const reader = this.#parts.log.reader({ isolation: 'read_committed', onReady: this.#wake.call })
    const tables = [...this.#tables.values()]
    try {
      for (const table of tables) {
        for (const { topic, partition } of table.partitions) reader.seek(topic, partition, table.next(partition))
      }
      while (!this.#closed && !this.#grown) {
        const arrival = this.#wake.wait()
        const fetched = reader.poll()
        if (fetched.length === 0) {
          await arrival
          continue
        }
        this.#trouble.tries()
        for (const one of fetched) for (const table of tables) if (table.spec.topic === one.topic) table.take(one)
        await this.#producer?.flush()
        for (const table of tables) if (fetched.some(({ topic }) => topic === table.spec.topic)) await table.write()
        this.#trouble.settled(true)
        this.#parts.onWritten()
        this.#waiting = this.#waiting.filter(({ done, resolve }) => {
          if (!done()) return true
          resolve()
          return false
        })
      }
    } finally {
      await reader.close()
    }
  }

  #stop(error: unknown): void {
    this.#failure = error
    for (const { reject } of this.#waiting.splice(0)) reject(error)
    this.#parts.onFailed(error)
  }

  /** Each instance has its own copy of the table, so each one reports: a dead-letter topic gets one record from each. */
  #failed(spec: GlobalTableSpec, error: SluiceError, topic: string, partition: number, cursor: RecordCursor): void {
    const { counters } = this.#parts
    const { onFailure } = spec
    if (onFailure.kind === 'stop') throw error
    counters.add(onFailure.kind === 'skip' ? 'skipped' : 'dead_lettered', spec.name)
    if (onFailure.kind === 'skip') return
    const { buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp } = cursor
    const { application } = this.#parts.spec
    const headers = letterHeaders({ application, topic, partition, operator: spec.name, cursor, error })
    const batch = new BatchBuilder()
    batch.addRaw(letterTime(timestamp), buffer, keyStart, keyEnd, buffer, valueStart, valueEnd, headers)
    this.#producer!.append(onFailure.topic, 0, batch)
  }
}
