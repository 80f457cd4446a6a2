import type { Operator, OperatorContext, Process, Splitter } from '../../src/operators/operator.js'
import { RecordHeaders } from '../../src/record.js'
import { TaskRecord } from '../../src/runtime/current-record.js'
import { json } from '../../src/serde/json/json.js'
import { createKeyValueStore, type CachedStore } from '../../src/store/cached-store.js'
import { MemoryStateDb } from '../../src/store/memory-db.js'

export interface Sent {
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
  readonly old?: unknown
}

export interface Failure {
  readonly error: unknown
  readonly key: unknown
  readonly value: unknown
}

/** The task's record, which counts what it was asked for. */
class TestRecord extends TaskRecord {
  override topic = 'input'
  override partition = 0
  override offset = 7
  /** How many were made for callbacks. */
  views = 0

  override view<K, V>(key: K, value: V, timestamp: number) {
    this.views++
    return super.view(key, value, timestamp)
  }
}

/** One operator between the test and a list of what it sent on. Failures are collected, as with a dead-letter topic. */
export class Harness {
  readonly record: TestRecord = new TestRecord()
  readonly failures: Failure[] = []
  readonly counts: Record<string, number> = {}
  readonly headersSeen: RecordHeaders[] = []
  /** Replaces what follows: may suspend, or throw. */
  next: Process = () => undefined
  readonly #sent: Sent[] = []
  /** Stores of other kinds, by name. */
  readonly others: Map<string, unknown> = new Map()
  readonly #stores = new Map<string, CachedStore<unknown, unknown>>()
  readonly #db = new MemoryStateDb()
  readonly #cache: boolean
  readonly #onIdle: ((by: number) => void | Promise<void>)[] = []

  constructor(options: { readonly cache?: boolean } = {}) {
    this.#cache = options.cache === true
  }

  operator(operator: Operator, name: string = 'operator'): Process {
    return operator(this.follow(), this.context(name))
  }

  splitter(splitter: Splitter, outputs: readonly Process[]): Process {
    return splitter(outputs, this.context('split'))
  }

  /** What is sent is recorded first, then given to `next`. */
  follow(): Process {
    return (key, value, timestamp, old) => {
      this.#sent.push(old === undefined ? { key, value, timestamp } : { key, value, timestamp, old })
      this.headersSeen.push(this.record.headers)
      return this.next(key, value, timestamp, old)
    }
  }

  /** What was sent since the last call. */
  read(): Sent[] {
    return this.#sent.splice(0)
  }

  /** A store of JSON over a state database in memory. */
  store<K, V>(name: string): CachedStore<K, V> {
    const store = this.#stores.get(name) ?? this.#open(name)
    this.#stores.set(name, store)
    return store as CachedStore<any, any>
  }

  #open(name: string): CachedStore<unknown, unknown> {
    return createKeyValueStore({ name, key: json(), value: json(), db: this.#db.store(name), cache: this.#cache })
  }

  context(name: string): OperatorContext {
    return {
      application: 'test',
      name,
      record: this.record,
      store: <S>(store: string) => (this.others.get(store) ?? this.store(store)) as S,
      fail: (error, key, value) => void this.failures.push({ error, key, value }),
      count: what => {
        this.counts[what] = (this.counts[what] ?? 0) + 1
      },
      now: () => 0,
      steady: () => 0,
      streamTime: () => -1,
      schedule: () => {
        throw new Error('nothing under test here uses timers')
      },
      at: () => {
        throw new Error('nothing under test here uses timers')
      },
      whenRoom: () => {
        throw new Error('nothing under test here uses timers')
      },
      soon: call => void call(),
      pends: () => {},
      onRelease: () => {},
      onIdle: call => void this.#onIdle.push(call),
      onStart: () => {},
      onCommit: () => {},
      onClose: () => {},
    }
  }

  /** Stream time moves on without a record. */
  async idle(by: number): Promise<void> {
    for (const call of this.#onIdle) await call(by)
  }

  /** The codes of the failures since the last call, or the messages of errors that are not the engine's. */
  failed(): string[] {
    return this.failures.splice(0).map(({ error }) => (error as { code?: string }).code ?? (error as Error).message)
  }
}
