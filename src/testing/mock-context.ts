import { SluiceError } from '../errors.js'
import { checkKnown, type KnownOptions } from '../known-options.js'
import type { OperatorContext } from '../operators/operator.js'
import { processWith, type AnyProcessorFactory } from '../operators/process.js'
import type { ProcessorStoreUse } from '../operators/processor-context.js'
import type { ProcessorFactory, ValueProcessorFactory } from '../operators/processor.js'
import { RecordHeaders, type HeadersInit } from '../record.js'
import { TaskRecord } from '../runtime/current-record.js'
import { Punctuations } from '../runtime/punctuation.js'
import { MemoryStateDb } from '../store/memory-db.js'
import type { ProcessorStore, StoreHandle } from '../store/processor-store.js'
import { milliseconds, type Duration } from '../time.js'
import { openMock, readableFor, type MockStore } from './mock-store.js'

/** What a processor declares, and where its records come from. */
export interface MockOptions {
  /** The stores that the processor declares. */
  readonly stores?: readonly MockStore[]
  /** The outputs that the processor declares. */
  readonly outputs?: readonly string[]
  /** Where the wall clock begins, in milliseconds since the epoch. Default 0. */
  readonly now?: number
  /** Where records say they come from. Defaults: `input` and 0. */
  readonly topic?: string
  readonly partition?: number
}

const known: KnownOptions<MockOptions> = { stores: true, outputs: true, now: true, topic: true, partition: true }
const knownProcess: KnownOptions<MockRecordOptions> = { timestamp: true, headers: true }

interface MockRecordOptions {
  /** Milliseconds since the epoch. */
  readonly timestamp?: number
  readonly headers?: HeadersInit
}

/** What the processor forwarded. `to` is set where there are outputs: one entry for each that got it. */
export interface Forwarded<K = unknown, V = unknown> {
  readonly key: K
  readonly value: V
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly headers: RecordHeaders
  readonly to?: string
}

/** A timer that the processor set up. */
export interface MockSchedule {
  readonly time: 'stream-time' | 'wall-clock'
  /** Milliseconds. */
  readonly interval: number
  /** Whether the processor has called it off. */
  cancelled: boolean
}

/**
 * A task for one processor, without topics or a pipeline around it: hands it records, moves its time, and collects what
 * it forwards. What the processor throws comes out of the call that led to it.
 *
 * @example
 * const mock = mockContext({ stores: [seen] })
 * await mock.start<string, string, string, number>(countWords)
 * await mock.process('hello', 'k', { timestamp: 5 })
 * mock.forwarded()     // [{ key: 'k', value: 1, timestamp: 5, headers }]
 */
export function mockContext(options: MockOptions = {}): MockContext {
  checkKnown('mockContext()', options, known)
  return new MockContext(options)
}

/** A task for one processor, in the hands of a test. Made by `mockContext()`. */
export class MockContext implements AsyncDisposable {
  /** The timers in the order in which they were set up. */
  readonly schedules: MockSchedule[] = []
  /** What `context.count` counted. */
  readonly counters: Record<string, number> = {}
  readonly #options: MockOptions
  readonly #record: MockRecord
  readonly #db = new MemoryStateDb()
  readonly #stores: ReadonlyMap<string, unknown>
  #timers = noTimers()
  #forwarded: Forwarded[] = []
  #closing: (() => void | Promise<void>)[] = []
  #process: ((key: unknown, value: unknown, timestamp: number) => void | Promise<void>) | undefined
  #now: number
  #streamTime = -1

  constructor(options: MockOptions) {
    this.#options = options
    this.#now = options.now ?? 0
    this.#record = new MockRecord(options.topic ?? 'input', options.partition ?? 0)
    this.#stores = new Map((options.stores ?? []).map(handle => [handle.name, openMock(handle, this.#db)]))
  }

  /**
   * Makes the processor and waits for its `init`. A later call closes it, calls off its timers, and makes another one on
   * the same stores.
   */
  async start<K, V, K2 = never, V2 = never, O extends string = string>(
    factory: ProcessorFactory<K, V, K2, V2, O>,
  ): Promise<void> {
    await this.#start(factory, false)
  }

  /** As `start`, for a processor of `processValues`. */
  async startValues<K, V, V2 = never, O extends string = string>(
    factory: ValueProcessorFactory<K, V, V2, O>,
  ): Promise<void> {
    await this.#start(factory, true)
  }

  /** Hands the processor a record; done when it is. Then the stream's timers are called that are due. */
  async process(value: unknown, key: unknown = null, options: MockRecordOptions = {}): Promise<void> {
    checkKnown('process()', options, knownProcess)
    if (this.#process === undefined) throw notStarted()
    const timestamp = options.timestamp ?? this.#now
    this.#record.next(RecordHeaders.from(options.headers))
    this.#streamTime = Math.max(this.#streamTime, timestamp)
    try {
      await this.#process(key, value, timestamp)
    } finally {
      this.#record.clear()
    }
    await this.#timers['stream-time'].fire(this.#streamTime)
  }

  /** Moves the wall clock on, timer by timer. */
  async advance(duration: Duration): Promise<void> {
    const until = this.#now + milliseconds(duration)
    const timers = this.#timers['wall-clock']
    while (timers.next <= until) {
      this.#now = Math.max(this.#now, timers.next)
      await timers.fire(this.#now)
    }
    this.#now = until
  }

  /** What was forwarded since the last call. */
  forwarded<K = any, V = any>(): Forwarded<K, V>[] {
    const forwarded = this.#forwarded
    this.#forwarded = []
    return forwarded as Forwarded<K, V>[]
  }

  /** One of the declared stores; what is written here has the present time. @throws SluiceError UNKNOWN_STORE */
  store<S>(handle: StoreHandle<S>): S
  store(name: string): ProcessorStore<unknown, unknown>
  store(handle: string | StoreHandle<unknown>): unknown {
    const name = typeof handle === 'string' ? handle : handle.name
    const store = this.#stores.get(name)
    if (store !== undefined)
      return readableFor(store, this.#sizeOf(name), () => Math.max(0, this.#streamTime, this.#now))
    throw new SluiceError('UNKNOWN_STORE', `the mock context has no store "${name}"`, {
      place: { store: name },
      hint: 'give it: mockContext({ stores: [store(…)] })',
    })
  }

  /** Calls the processor's `close`. */
  async close(): Promise<void> {
    await this.#end()
    await this.#db.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Closes the processor that there is. */
  async #end(): Promise<void> {
    this.#process = undefined
    for (const call of this.#closing.splice(0)) await call()
    this.#timers = noTimers()
    for (const entry of this.schedules) entry.cancelled = true
  }

  async #start(factory: AnyProcessorFactory, keepsKeys: boolean): Promise<void> {
    await this.#end()
    const { stores = [], outputs = [] } = this.#options
    const uses = stores.map(useOf)
    const names = outputs.length === 0 ? [undefined] : outputs
    const collectors = names.map(to => (key: unknown, value: unknown, timestamp: number) => {
      const { headers } = this.#record
      this.#forwarded.push({ key, value, timestamp, headers, ...(to === undefined ? {} : { to }) })
    })
    const starting: Promise<void>[] = []
    const context = this.#context(starting)
    const options = { stores: uses, outputs, keepsKeys, isRetried: false, line: undefined }
    this.#process = processWith(factory, options)(collectors, context)
    await Promise.all(starting)
  }

  #sizeOf(store: string): number | 'session' | undefined {
    return this.#options.stores?.find(({ name }) => name === store)?.size
  }

  #context(starting: Promise<void>[]): OperatorContext {
    const timers = this.#timers
    return {
      application: 'mock',
      name: 'processor',
      record: this.#record,
      store: <S>(name: string) => this.#stores.get(name) as S,
      fail: error => {
        throw error
      },
      count: what => void (this.counters[what] = (this.counters[what] ?? 0) + 1),
      now: () => this.#now,
      steady: () => this.#now,
      streamTime: () => this.#streamTime,
      schedule: (time, interval, call) => {
        const entry: MockSchedule = { time, interval, cancelled: false }
        this.schedules.push(entry)
        const cancel = timers[time].add(time === 'stream-time' ? 0 : this.#now + interval, interval, call)
        return () => {
          entry.cancelled = true
          cancel()
        }
      },
      at: (time, call) => timers['wall-clock'].once(time, call),
      whenRoom: (time, call) => timers['wall-clock'].once(time, call),
      onStart: wait => void starting.push(wait),
      soon: call => void call(),
      pends: () => {},
      onRelease: () => {},
      onIdle: () => {},
      onCommit: () => {},
      onClose: call => void this.#closing.push(call),
    }
  }
}

function noTimers(): { readonly 'stream-time': Punctuations; readonly 'wall-clock': Punctuations } {
  return { 'stream-time': new Punctuations(), 'wall-clock': new Punctuations() }
}

function useOf({ name, history, size }: MockStore): ProcessorStoreUse {
  if (size !== undefined) return { name, as: 'window', size }
  return { name, as: history === undefined ? 'key-value' : 'versioned' }
}

/** Stands for the records that the test hands over. */
class MockRecord extends TaskRecord {
  #next = 0
  readonly #place: readonly [topic: string, partition: number]

  constructor(topic: string, partition: number) {
    super()
    this.#place = [topic, partition]
    this.clear()
  }

  next(headers: RecordHeaders): void {
    this.offset = this.#next++
    this.headers = headers
  }

  override clear(): void {
    const { offset } = this
    const [topic, partition] = this.#place
    super.clear(partition)
    this.topic = topic
    this.offset = offset
  }
}

function notStarted(): SluiceError {
  return new SluiceError('NOT_RUNNING', 'the mock context has no processor', {
    hint: 'make one first: await mock.start(factory)',
  })
}
