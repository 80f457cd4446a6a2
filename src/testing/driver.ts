import { SluiceError } from '../errors.js'
import { checkKnown, type KnownOptions } from '../known-options.js'
import { memoryLog } from '../log/memory/memory-log.js'
import type { Instance } from '../runtime/instance.js'
import { rateHolds } from '../runtime/inputs/input-status.js'
import type { Status } from '../runtime/options.js'
import { startInstance } from '../runtime/start.js'
import { bytes } from '../serde/bytes.js'
import type { Serde, Serializer } from '../serde/serde.js'
import type { StoreRef } from '../query/reader.js'
import { milliseconds, type Duration } from '../time.js'
import type { Lowerable, TopologySpec } from '../topology/spec.js'
import { reads } from '../topology/topics.js'
import { DriverInput } from './input.js'
import { DriverOutput } from './output.js'
import { DriverStore } from './store.js'
import { ManualClock } from './manual-clock.js'
import { runMarbles, type MarbleTest } from './marbles.js'
import { OutputTap } from './output-tap.js'
import { isFound, withoutTopics } from './patterns.js'
import { driverTopics } from './topics.js'

/** How a test begins. */
export interface DriverOptions {
  /** Where the wall clock begins, in milliseconds since the epoch. Default 0. */
  readonly now?: number
  /** Partitions of every topic. Default 1, as in Kafka Streams' `TopologyTestDriver`. */
  readonly partitions?: number
  /**
   * Restarts the pipeline after every so many records that were sent, its stores restored from their changelogs: what comes
   * out must be the same. Default: the environment's `SLUICE_TEST_RESTART`, with which a whole suite can be run so; else
   * never. `false`: never, whatever the environment says, for what lies only in memory.
   */
  readonly restartEvery?: number | false
  /**
   * Topics that are there from the start, beside those that the pipeline names. What a pattern is to find comes with its first
   * record otherwise.
   */
  readonly topics?: readonly string[]
}

interface RestartOptions {
  readonly away?: Duration
}

/** Which records of a topic are shown. */
export interface OutputOptions {
  /** Only what was written to this partition. Default: all. */
  readonly partition?: number
}

const known: KnownOptions<DriverOptions> = { now: true, partitions: true, restartEvery: true, topics: true }
const knownOutput: KnownOptions<OutputOptions> = { partition: true }
const knownRestart: KnownOptions<RestartOptions> = { away: true }

/** A topic with its types, as `topic()` makes it. */
export interface TypedTopic<K, V> {
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/**
 * Runs a pipeline on a log in memory, with the clock in your hand and without a cache: every update is seen.
 *
 * @throws SluiceError what `start` throws
 * @example
 * const driver = await testDriver(tracker, { now: 0 })
 * await driver.input(jobs).send('k', { status: 'completed', importId: 'i' })
 * driver.output(finished).read()
 * await driver.close()
 */
export async function testDriver(pipeline: Lowerable, options: DriverOptions = {}): Promise<TestDriver> {
  if (typeof (pipeline as Partial<Lowerable> | undefined)?.lower !== 'function') {
    throw new SluiceError('BAD_ARGUMENT', 'testDriver() needs a pipeline', {
      hint: "give what pipeline('…') made: the default export of its module",
    })
  }
  checkKnown('testDriver()', options, known)
  const { now = 0 } = options
  if (!Number.isFinite(now)) {
    throw new SluiceError('BAD_ARGUMENT', `testDriver({ now: ${String(now)} })`, {
      hint: 'give the milliseconds since the epoch at which the wall clock begins',
    })
  }
  const restartEvery = restartsOf(options)
  const clock = new ManualClock(now)
  const written = pipeline.lower()
  const partitions = options.partitions ?? 1
  const topics = driverTopics(written, partitions, options.topics)
  const { spec, placeholders } = withoutTopics(written, topics)
  // Topics that are only chosen per record are made when the first one goes there.
  const log = memoryLog({ clock, autoCreate: partitions })
  await log.topics.create([...topics, ...placeholders.map(name => ({ name, partitions }))])
  const begin = async () => {
    const instance = await startInstance({ lower: () => spec }, { log, clock, cacheBytes: 0 })
    await instance.ready
    return instance
  }
  try {
    const { topics: others = [] } = options
    const driver = new TestDriver({ spec, begin, instance: await begin(), clock, log, others, restartEvery })
    await driver.settle()
    return driver
  } catch (error) {
    await log.close()
    throw error
  }
}

/** @throws SluiceError BAD_ARGUMENT */
function restartsOf({ restartEvery }: DriverOptions): number | undefined {
  if (restartEvery === false) return undefined
  if (restartEvery !== undefined) return checkedEvery(restartEvery, `restartEvery: ${String(restartEvery)}`)
  const text = process.env['SLUICE_TEST_RESTART']
  return text === undefined || text === '' ? undefined : checkedEvery(Number(text), `SLUICE_TEST_RESTART=${text}`)
}

function checkedEvery(every: number, given: string): number {
  if (Number.isSafeInteger(every) && every > 0) return every
  throw new SluiceError('BAD_ARGUMENT', given, {
    hint: 'give a whole number above 0: after how many records the driver restarts the pipeline',
  })
}

interface DriverParts {
  readonly spec: TopologySpec
  /** Starts an instance on the same log and clock. */
  readonly begin: () => Promise<Instance>
  readonly instance: Instance
  readonly clock: ManualClock
  readonly log: ReturnType<typeof memoryLog>
  /** Topics that the test named, read or not. */
  readonly others: readonly string[]
  readonly restartEvery: number | undefined
}

/** A pipeline in the hands of a test. Made by `testDriver()`. */
export class TestDriver implements AsyncDisposable {
  readonly #spec: TopologySpec
  readonly #begin: () => Promise<Instance>
  readonly #clock: ManualClock
  readonly #tap: OutputTap
  readonly #log: ReturnType<typeof memoryLog>
  readonly #others: readonly string[]
  readonly #restartEvery: number | undefined
  /** Whether operators make calls that come to their end outside. */
  readonly #calls: boolean
  #instance: Instance
  #sent = 0
  /** Restarts take turns: records that are sent side by side may ask for several. */
  #restarts: Promise<unknown> = Promise.resolve()
  /** While an instance is closed and the next one begins. */
  #replacing: Promise<void> | undefined
  #closed = false
  /** What was counted before the last restart. */
  #counted: Readonly<Record<string, number>> = {}

  constructor({ spec, begin, instance, clock, log, others, restartEvery }: DriverParts) {
    this.#spec = spec
    this.#begin = begin
    this.#instance = instance
    this.#clock = clock
    this.#log = log
    this.#others = others
    this.#tap = new OutputTap(log)
    this.#restartEvery = restartEvery
    this.#calls = spec.stores.some(({ kind }) => kind === 'pending')
  }

  /** Where records go in. @throws SluiceError UNKNOWN_TOPIC where nothing reads the topic */
  input<K, V>(topic: TypedTopic<K, V>): DriverInput<K, V>
  /** Where records go in, with the serdes of the source that reads the topic. @throws SluiceError UNKNOWN_TOPIC */
  input(topic: string): DriverInput<unknown, unknown>
  input(topic: string | TypedTopic<unknown, unknown>): DriverInput<unknown, unknown> {
    const typed = typeof topic === 'string' ? this.#sourceOf(topic) : topic
    if (!this.#others.includes(typed.name)) this.#sourceOf(typed.name)
    return new DriverInput(this.#log, typed, this.#clock, {
      beforeSend: () => this.#beforeSend(typed.name),
      afterSend: () => this.#afterSend(),
    })
  }

  /** What comes out, of all partitions or of one. */
  output<K, V>(topic: TypedTopic<K, V>, options?: OutputOptions): DriverOutput<K, V>
  /**
   * What comes out, with the serdes with which the pipeline writes or reads the topic; where it knows none (dead letters,
   * changelogs, topics that a function chooses), keys and values are the bytes.
   */
  output(topic: string, options?: OutputOptions): DriverOutput<unknown, unknown>
  output(topic: string | TypedTopic<unknown, unknown>, options: OutputOptions = {}): DriverOutput<unknown, unknown> {
    checkKnown('output()', options, knownOutput)
    const typed = typeof topic === 'string' ? this.#written(topic) : topic
    return new DriverOutput(this.#tap, typed, options.partition)
  }

  /** A store's present content. @throws SluiceError UNKNOWN_STORE */
  store<K, V>(store: StoreRef<K, V>): DriverStore<K, V>
  /** The same by its name. @throws SluiceError UNKNOWN_STORE */
  store(store: string): DriverStore<unknown, unknown>
  store<K, V>(store: string | StoreRef<K, V>): DriverStore<K, V> {
    return new DriverStore<K, V>(() => this.#instance, typeof store === 'string' ? store : store.name)
  }

  /** Lag, pauses and what was counted, as `Running.status` tells them. */
  get status(): Status {
    return this.#instance.status
  }

  /** Moves the wall clock and waits for all that this causes. */
  async advance(duration: Duration): Promise<void> {
    const until = this.#clock.now() + milliseconds(duration)
    for (let next = this.#clock.next; next !== undefined && next <= until; next = this.#clock.next) {
      this.#clock.moveTo(next)
      await this.settle()
    }
    this.#clock.moveTo(until)
    await this.settle()
  }

  /** What was counted: skipped, dropped, late, …, as `<what>{<operator>}`. */
  get counters(): Readonly<Record<string, number>> {
    const counters = { ...this.#counted }
    for (const [what, n] of Object.entries(this.#instance.status.counters)) counters[what] = (counters[what] ?? 0) + n
    return counters
  }

  /**
   * Sends records at the times that diagrams say, and compares what comes out, and when, with others: see `marbles()`. The
   * wall clock moves on from where it is.
   *
   * @throws AssertionError with both diagrams where they differ
   */
  async marbles(test: MarbleTest): Promise<void> {
    const clock = this.#clock
    await runMarbles(test, {
      now: () => clock.now(),
      get nextTimer() {
        return clock.next
      },
      advance: ms => this.advance(ms),
      send: (topic, key, value, timestamp) => this.input(topic).send(key, value, { timestamp }),
      read: topic => this.output(topic).read(),
    })
  }

  /**
   * Stops the pipeline and starts it again on what it has committed: positions, and stores restored from their changelogs.
   * What lies only in memory (the fields of a processor, its timers on the wall clock) begins anew. `away` is how long
   * nothing runs in between.
   */
  async restart(options: RestartOptions = {}): Promise<void> {
    checkKnown('restart()', options, knownRestart)
    const ms = milliseconds(options.away ?? 0, 'away')
    const restarted = this.#restarts.then(async () => {
      await this.settle()
      if (this.#closed) return
      this.#replacing = this.#replace(ms)
      await this.#replacing
      await this.settle()
    })
    this.#restarts = restarted.catch(() => {})
    await restarted
  }

  async #replace(away: number): Promise<void> {
    await this.#instance.close()
    const counted = this.counters
    this.#clock.moveTo(this.#clock.now() + away)
    this.#instance = await this.#begin()
    this.#counted = counted
  }

  /** Waits until everything that went in is processed, and every timer that is due was called. @throws what stopped the pipeline */
  async settle(): Promise<void> {
    let instance: Instance
    do {
      await this.#replacing
      instance = this.#instance
      try {
        await this.#settled(instance)
      } catch (error) {
        // One that a restart has closed meanwhile does not answer; the next one does.
        await this.#replacing
        if (instance === this.#instance) throw error
      }
      await this.#replacing
    } while (instance !== this.#instance)
    await this.#tap.collect()
  }

  async #settled(instance: Instance): Promise<void> {
    let before: number
    do {
      before = instance.status.records
      await instance.idle()
      // What a rate holds back waits for the clock, which stands still.
      if (instance.status.inputs.every(({ paused }) => paused !== rateHolds)) await instance.processed()
      // A call that came to its end meanwhile may have caused more.
    } while (this.#calls && instance.status.records !== before)
  }

  /** Stops the pipeline and forgets its log. @throws what stopped the pipeline before, if nobody was told of it */
  async close(): Promise<void> {
    this.#closed = true
    await this.#replacing?.catch(() => {})
    await this.#instance.close()
    await this.#tap.close()
    await this.#log.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** A topic that comes with its first record is read at once where a pattern finds it; a running pipeline looks for them. */
  async #beforeSend(topic: string): Promise<void> {
    if (!isFound(this.#spec, topic) || (await this.#log.topics.list()).includes(topic)) return
    await this.#log.topics.describe([topic])
    this.#instance.rejoin()
    await this.settle()
  }

  async #afterSend(): Promise<void> {
    await this.settle()
    this.#sent++
    if (this.#restartEvery !== undefined && this.#sent % this.#restartEvery === 0) await this.restart()
  }

  #written(topic: string): TypedTopic<unknown, unknown> {
    for (const node of this.#spec.nodes) {
      if (node.kind !== 'sink' || node.topic !== topic) continue
      const { key, value } = node
      if (isSerde(key) && isSerde(value)) return { name: topic, key, value }
    }
    return this.#read(topic) ?? { name: topic, key: raw, value: raw }
  }

  #sourceOf(topic: string): TypedTopic<unknown, unknown> {
    const typed = this.#read(topic)
    if (typed !== undefined) return typed
    throw new SluiceError('UNKNOWN_TOPIC', `the pipeline does not read "${topic}"`, {
      place: { topic },
      hint: 'give a topic that the pipeline reads, or its name',
    })
  }

  #read(topic: string): TypedTopic<unknown, unknown> | undefined {
    for (const node of this.#spec.nodes) {
      if (node.kind !== 'source') continue
      const { key, value } = node
      if (reads(node, this.#spec.application, topic)) return { name: topic, key, value }
    }
    for (const { topic: name, key, value } of this.#spec.globals ?? []) if (name === topic) return { name, key, value }
    return undefined
  }
}

/** What is in no serde's hand: only ever read here. */
const raw = bytes as unknown as Serde<unknown>

const isSerde = (serializer: Serializer<unknown>): serializer is Serde<unknown> => 'deserialize' in serializer
