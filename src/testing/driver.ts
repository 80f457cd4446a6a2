import { SluiceError } from '../errors.js'
import { memoryLog } from '../log/memory/memory-log.js'
import type { Instance } from '../runtime/instance.js'
import { startInstance } from '../runtime/start.js'
import type { Serde } from '../serde/serde.js'
import type { StoreRef } from '../query/reader.js'
import { milliseconds, type Duration } from '../time.js'
import type { Lowerable, TopologySpec } from '../topology/spec.js'
import { DriverInput } from './input.js'
import { DriverOutput } from './output.js'
import { DriverStore } from './store.js'
import { ManualClock } from './manual-clock.js'
import { OutputTap } from './output-tap.js'
import { driverTopics } from './topics.js'

export interface DriverOptions {
  /** Where the wall clock begins, in milliseconds since the epoch. Default 0. */
  readonly now?: number
  /** Partitions of every topic. Default 1, as in Kafka Streams' `TopologyTestDriver`. */
  readonly partitions?: number
}

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
  const clock = new ManualClock(options.now ?? 0)
  const spec = pipeline.lower()
  const partitions = options.partitions ?? 1
  // Topics that are only chosen per record are made when the first one goes there.
  const log = memoryLog({ clock, autoCreate: partitions })
  await log.topics.create(driverTopics(spec, partitions))
  const instance = await startInstance({ lower: () => spec }, { log, clock, cacheBytes: 0 })
  const driver = new TestDriver(spec, instance, clock, new OutputTap(log), log)
  await driver.settle()
  return driver
}

export class TestDriver implements AsyncDisposable {
  readonly #spec: TopologySpec
  readonly #instance: Instance
  readonly #clock: ManualClock
  readonly #tap: OutputTap
  readonly #log: ReturnType<typeof memoryLog>

  constructor(
    spec: TopologySpec,
    instance: Instance,
    clock: ManualClock,
    tap: OutputTap,
    log: ReturnType<typeof memoryLog>,
  ) {
    this.#spec = spec
    this.#instance = instance
    this.#clock = clock
    this.#tap = tap
    this.#log = log
  }

  /** Where records go in. With a name, the serdes are those of the source that reads it. @throws SluiceError UNKNOWN_TOPIC */
  input<K, V>(topic: TypedTopic<K, V>): DriverInput<K, V>
  input(topic: string): DriverInput<unknown, unknown>
  input(topic: string | TypedTopic<unknown, unknown>): DriverInput<unknown, unknown> {
    const typed = typeof topic === 'string' ? this.#sourceOf(topic) : topic
    return new DriverInput(this.#log, typed, this.#clock, () => this.settle())
  }

  /** What comes out. With a name, keys and values are the bytes. */
  output<K, V>(topic: TypedTopic<K, V>): DriverOutput<K, V>
  output(topic: string): DriverOutput<Uint8Array, Uint8Array>
  output<K, V>(topic: string | TypedTopic<K, V>): DriverOutput<K, V> {
    return new DriverOutput<K, V>(this.#tap, topic)
  }

  /** A store's present content. @throws SluiceError UNKNOWN_STORE */
  store<K, V>(store: StoreRef<K, V>): DriverStore<K, V>
  store(store: string): DriverStore<unknown, unknown>
  store<K, V>(store: string | StoreRef<K, V>): DriverStore<K, V> {
    return new DriverStore<K, V>(this.#instance, typeof store === 'string' ? store : store.name)
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

  /** Waits until everything that went in is processed. @throws what stopped the pipeline */
  async settle(): Promise<void> {
    await this.#instance.drained()
    await this.#tap.collect()
  }

  async close(): Promise<void> {
    await this.#instance.close()
    await this.#tap.close()
    await this.#log.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #sourceOf(topic: string): TypedTopic<unknown, unknown> {
    for (const node of this.#spec.nodes) {
      if (node.kind !== 'source') continue
      const { key, value } = node
      const reads = node.topics instanceof RegExp ? topic.search(node.topics) !== -1 : node.topics.includes(topic)
      if (reads) return { name: topic, key, value }
    }
    for (const { topic: name, key, value } of this.#spec.globals ?? []) if (name === topic) return { name, key, value }
    throw new SluiceError('UNKNOWN_TOPIC', `the pipeline does not read "${topic}"`, {
      place: { topic },
      hint: 'give the topic itself, or the name of one that the pipeline reads',
    })
  }
}
