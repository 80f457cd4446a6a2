import { SluiceError, valueText } from '../errors.js'
import { checkKnown, type KnownOptions } from '../known-options.js'
import { memoryLog } from '../log/memory/memory-log.js'
import type { Status } from '../runtime/options.js'
import { startInstance } from '../runtime/start.js'
import type { StoreRef } from '../query/reader.js'
import { milliseconds, type Duration } from '../time.js'
import type { Lowerable, TopologySpec } from '../topology/spec.js'
import { DrivenRun } from './driven-run.js'
import { checkedOptions, type DriverOptions } from './driver-options.js'
import { DriverInput } from './input.js'
import { DriverOutput } from './output.js'
import { DriverStore } from './store.js'
import { ManualClock } from './manual-clock.js'
import { runMarbles, type MarbleTest } from './marbles.js'
import { OutputTap } from './output-tap.js'
import { isFound, mayCome, withoutTopics } from './patterns.js'
import { driverTopics } from './topics.js'
import { checkTopic, readTopic, unknownOutput, writtenTopic, type TypedTopic } from './typed-topic.js'

interface RestartOptions {
  readonly away?: Duration
}

/** Which records of a topic are shown. */
export interface OutputOptions {
  /** Only what was written to this partition. Default: all. */
  readonly partition?: number
}

const knownOutput: KnownOptions<OutputOptions> = { partition: true }
const knownRestart: KnownOptions<RestartOptions> = { away: true }

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
  const { now, partitions, topics: others, restartEvery } = checkedOptions(options)
  const clock = new ManualClock(now)
  const written = pipeline.lower()
  const topics = driverTopics(written, partitions, others)
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
    const run = new DrivenRun(spec, clock, begin, await begin())
    const driver = new TestDriver({ spec, run, clock, log, others, restartEvery })
    await driver.settle()
    return driver
  } catch (error) {
    await log.close()
    throw error
  }
}

/** @throws SluiceError BAD_ARGUMENT; a topic may get more partitions, so one that is not there yet shows nothing */
function checkPartition(partition: unknown): void {
  if (partition === undefined || (Number.isSafeInteger(partition) && (partition as number) >= 0)) return
  throw new SluiceError('BAD_ARGUMENT', `output({ partition: ${valueText(partition)} })`, {
    hint: 'partitions are counted from 0; without the option all of them are shown',
  })
}

function nameOf(store: StoreRef<any, any> | undefined | null): string {
  if (typeof store?.name === 'string') return store.name
  throw new SluiceError('BAD_ARGUMENT', `store() needs a store, not ${valueText(store)}`, {
    hint: "give what store('…') made, or its name",
  })
}

interface DriverParts {
  readonly spec: TopologySpec
  readonly run: DrivenRun
  readonly clock: ManualClock
  readonly log: ReturnType<typeof memoryLog>
  /** Topics that the test named, read or not. */
  readonly others: readonly string[]
  readonly restartEvery: number | undefined
}

/** A pipeline in the hands of a test. Made by `testDriver()`. */
export class TestDriver implements AsyncDisposable {
  readonly #spec: TopologySpec
  readonly #run: DrivenRun
  readonly #clock: ManualClock
  readonly #tap: OutputTap
  readonly #log: ReturnType<typeof memoryLog>
  readonly #others: readonly string[]
  readonly #restartEvery: number | undefined
  #sent = 0

  constructor({ spec, run, clock, log, others, restartEvery }: DriverParts) {
    this.#spec = spec
    this.#run = run
    this.#clock = clock
    this.#log = log
    this.#others = others
    this.#tap = new OutputTap(log)
    this.#restartEvery = restartEvery
  }

  /** Where records go in. @throws SluiceError UNKNOWN_TOPIC where nothing reads the topic */
  input<K, V>(topic: TypedTopic<K, V>): DriverInput<K, V>
  /** Where records go in, with the serdes of the source that reads the topic. @throws SluiceError UNKNOWN_TOPIC */
  input(topic: string): DriverInput<unknown, unknown>
  input(topic: string | TypedTopic<unknown, unknown>): DriverInput<unknown, unknown> {
    checkTopic(topic, 'input()')
    const typed = typeof topic === 'string' ? readTopic(this.#spec, topic) : topic
    if (!this.#others.includes(typed.name)) readTopic(this.#spec, typed.name)
    return new DriverInput(this.#log, typed, this.#clock, {
      beforeSend: () => this.#beforeSend(typed.name),
      afterSend: () => this.#afterSend(),
    })
  }

  /** What comes out, of all partitions or of one. @throws SluiceError UNKNOWN_TOPIC for a topic that nothing names or makes */
  output<K, V>(topic: TypedTopic<K, V>, options?: OutputOptions): DriverOutput<K, V>
  /**
   * What comes out, with the serdes with which the pipeline writes or reads the topic; where it knows none (dead letters,
   * changelogs, topics that a function chooses), keys and values are the bytes.
   *
   * @throws SluiceError UNKNOWN_TOPIC for a topic that nothing names or makes
   */
  output(topic: string, options?: OutputOptions): DriverOutput<unknown, unknown>
  output(topic: string | TypedTopic<unknown, unknown>, options: OutputOptions = {}): DriverOutput<unknown, unknown> {
    checkKnown('output()', options, knownOutput)
    checkTopic(topic, 'output()')
    const typed = typeof topic === 'string' ? writtenTopic(this.#spec, topic) : topic
    if (!this.#tap.has(typed.name) && !mayCome(this.#spec, typed.name)) throw unknownOutput(this.#spec, typed.name)
    checkPartition(options.partition)
    return new DriverOutput(this.#tap, typed, options.partition)
  }

  /** A store's present content. @throws SluiceError UNKNOWN_STORE */
  store<K, V>(store: StoreRef<K, V>): DriverStore<K, V>
  /** The same by its name. @throws SluiceError UNKNOWN_STORE */
  store(store: string): DriverStore<unknown, unknown>
  store<K, V>(store: string | StoreRef<K, V>): DriverStore<K, V> {
    return new DriverStore<K, V>(() => this.#run.instance, typeof store === 'string' ? store : nameOf(store))
  }

  /** Lag, pauses and what was counted, as `Running.status` tells them. */
  get status(): Status {
    return this.#run.instance.status
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
    return this.#run.counters
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
    await this.#run.restart(ms)
    await this.#tap.collect()
  }

  /** Waits until everything that went in is processed, and every timer that is due was called. @throws what stopped the pipeline */
  async settle(): Promise<void> {
    await this.#run.settle()
    await this.#tap.collect()
  }

  /** Stops the pipeline and forgets its log. @throws what stopped the pipeline before, if nobody was told of it */
  async close(): Promise<void> {
    await this.#run.close()
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
    this.#run.instance.rejoin()
    await this.settle()
  }

  async #afterSend(): Promise<void> {
    await this.settle()
    this.#sent++
    if (this.#restartEvery !== undefined && this.#sent % this.#restartEvery === 0) await this.restart()
  }
}
