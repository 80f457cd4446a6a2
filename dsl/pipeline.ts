import { SluiceError, valueText } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import type { Running, StartOptions } from '../src/runtime/options.js'
import type { Serde } from '../src/serde/serde.js'
import type { Tick } from '../src/operators/timers/every.js'
import type { FailurePolicy, Lowerable, TopologySpec } from '../src/topology/spec.js'
import { describe, type Description } from './describe/description.js'
import { addGlobalTable, GlobalTable, type GlobalTableOptions } from './global-table.js'
import { declareStore, type AddStoreOptions } from './add-store.js'
import { addEvery, type EveryOptions } from './every.js'
import { Graph } from './graph.js'
import { lower, type Lowered } from './lower/lower.js'
import { callSite } from './place.js'
import { named } from './serdes.js'
import { deadLetterTo } from './dead-letter.js'
import { pipelineRetry, type RetryOptions } from './retry.js'
import { checkSink } from './sink.js'
import {
  patternOptions,
  readPattern,
  readTopic,
  streamOptions,
  type OrNull,
  type PatternOptions,
  type StreamOptions,
} from './source.js'
import type { AnyStore } from './store.js'
import { Stream } from './stream.js'
import { addTable, type TableOptions } from './table-source.js'
import { Table } from './table.js'
import { checkName, type Topic } from './topic.js'

/** What holds for all of a pipeline. */
export interface PipelineOptions {
  /** The serde for values of a new type where none is named; best a `json()`. */
  readonly value?: Serde<any>
  /** What happens to a record that an operator cannot work on. Default `'stop'`: the pipeline stops with an error. */
  readonly onError?: 'stop' | 'skip'
  /** `import.meta.url` of the module whose default export this pipeline is: for `start({ threads })`. */
  readonly module?: string
}

const known: KnownOptions<PipelineOptions> = { value: true, onError: true, module: true }

/** @throws SluiceError BAD_ARGUMENT unless it is a text: threads import it */
function checkModule(module: unknown, line: string | undefined): void {
  if (module === undefined || (typeof module === 'string' && module !== '')) return
  throw new SluiceError('BAD_ARGUMENT', `pipeline({ module: ${valueText(module)} })`, {
    place: { line },
    hint: 'write module: import.meta.url, in the file whose default export the pipeline is',
  })
}

/** A pipeline: what is read, what becomes of it, and where it goes. It is written once and sealed by its first use. */
export class Pipeline implements Lowerable {
  /** The application id. */
  readonly id: string
  readonly '~graph': Graph
  #lowered: Lowered | undefined

  constructor(id: string, options: PipelineOptions) {
    checkName(id, 'pipeline')
    const line = callSite()
    checkKnown('pipeline()', options, known, line)
    checkModule(options.module, line)
    this.id = id
    this['~graph'] = new Graph(id, {
      module: options.module,
      defaultValue: options.value === undefined ? undefined : named(options.value, 'pipeline({ value })'),
      policy: policyOf(options.onError, line),
    })
  }

  /**
   * A stream of the records of all topics in whose name the pattern is found, now and later. Re-keyed: the topics may differ
   * in their number of partitions.
   *
   * @throws SluiceError BAD_ARGUMENT without serdes
   * @example
   * tracker.stream(/^orders-/, { key: string, value: json<{ total: number }>() })
   */
  stream<K, V, Keyless extends boolean = false, Tombstones extends boolean = false>(
    pattern: RegExp,
    options: PatternOptions<K, V, Keyless, Tombstones>,
  ): Stream<OrNull<K, Keyless>, OrNull<V, Tombstones>, 'rekeyed'>
  /** A stream of the records of several topics, the oldest first. Where they are grouped by key they need equally many partitions. */
  stream<
    const T extends readonly Topic<any, any>[],
    Keyless extends boolean = false,
    Tombstones extends boolean = false,
  >(
    topics: T,
    options?: StreamOptions<TopicKey<T[number]>, TopicValue<T[number]>, Keyless, Tombstones>,
  ): Stream<OrNull<TopicKey<T[number]>, Keyless>, OrNull<TopicValue<T[number]>, Tombstones>, 'keyed'>
  /**
   * A stream of the records of a topic.
   *
   * @throws SluiceError BAD_ARGUMENT, BAD_DURATION; BAD_TOPOLOGY where the topic is read twice with different options
   * @example
   * tracker.stream(topic('jobs', { key: string, value: json<{ status: string }>() }), { from: '1h' })
   */
  stream<K, V, Keyless extends boolean = false, Tombstones extends boolean = false>(
    topic: Topic<K, V>,
    options?: StreamOptions<K, V, Keyless, Tombstones>,
  ): Stream<OrNull<K, Keyless>, OrNull<V, Tombstones>, 'keyed'>
  stream(
    from: Topic<any, any> | readonly Topic<any, any>[] | RegExp,
    options: StreamOptions<any, any> = {},
  ): Stream<any, any, any> {
    const line = callSite()
    const graph = this['~graph']
    checkKnown('stream()', options, from instanceof RegExp ? patternOptions : streamOptions, line)
    if (from instanceof RegExp) {
      return new Stream(graph, readPattern(graph, from, options as PatternOptions<any, any>, line))
    }
    const topics = Array.isArray(from) ? (from as readonly Topic<any, any>[]) : [from as Topic<any, any>]
    for (const topic of topics) checkSink(topic, 'stream()', line)
    const twice = topics.find(({ name }, i) => topics.findIndex(topic => topic.name === name) !== i)
    if (twice !== undefined) {
      throw new SluiceError('BAD_ARGUMENT', `stream([…]) names topic "${twice.name}" twice`, {
        place: { line },
        hint: 'name each topic once: its records would come twice',
      })
    }
    const [first, ...others] = topics.map(topic => new Stream<any, any>(graph, readTopic(graph, topic, options, line)))
    if (first !== undefined) return first.merge(...others)
    throw new SluiceError('BAD_ARGUMENT', 'stream([]) reads no topic', { place: { line }, hint: 'name at least one' })
  }

  /**
   * A topic as a table: the latest value of each key; null deletes.
   *
   * @example
   * const imports = tracker.table(topic('imports', { key: string, value: json<{ total: number }>() }), { as: 'imports' })
   */
  table<K, V>(topic: Topic<K, V>, options: TableOptions<K, V> = {}): Table<K, V> {
    const line = callSite()
    checkSink(topic, 'table()', line)
    return new Table(this['~graph'], addTable(this['~graph'], topic, options, line))
  }

  /**
   * A topic as a table that every instance holds in full: streams look rows up in it by any key.
   *
   * @example
   * const rates = shop.globalTable(topic('rates', { key: string, value: float64 }), { as: 'rates' })
   * orders.join(rates, (order, rate) => order.price * rate, { on: order => order.currency })
   */
  globalTable<K, V>(topic: Topic<K, V>, options: GlobalTableOptions<K, V> = {}): GlobalTable<K, V> {
    const graph = this['~graph']
    return new GlobalTable(graph, addGlobalTable(graph, topic, options, callSite()))
  }

  /**
   * A record at each time that a cron line names, by the wall clock: five fields, six with seconds first, or seven with a
   * year last. Each firing comes once, in order, through restarts, from one instance. See `docs/time.md`.
   *
   * @throws SluiceError BAD_ARGUMENT for a line that does not parse or names no time, and for an unknown zone
   * @example
   * tracker.every('0 9 * * MON-FRI', { as: 'reports', zone: 'Europe/Berlin' }).to(requests)
   */
  every(cron: string, options: EveryOptions = {}): Stream<string, Tick, 'rekeyed'> {
    return new Stream(this['~graph'], addEvery(this['~graph'], cron, options, callSite()))
  }

  /**
   * Adds a store for processors, which name it in `process(…, { stores })`. Several may share it. Answers the handle.
   *
   * @throws SluiceError BAD_TOPOLOGY for a name that is taken
   * @example
   * const seen = tracker.addStore(store('seen', { key: string, value: long }))
   */
  addStore<S extends AnyStore>(store: S, options: AddStoreOptions = {}): S {
    declareStore(this['~graph'], store, options, callSite())
    return store
  }

  /**
   * Records that an operator cannot work on, and bytes that a serde does not read, go to this topic as they came, with
   * the error in their headers, in the same transaction. A stream's own `deadLetter` or `skip` comes first.
   *
   * @throws SluiceError BAD_ARGUMENT for what cannot name a topic; BAD_TOPOLOGY once the pipeline is sealed
   * @example
   * tracker.deadLetter('import-tracker-dead')
   */
  deadLetter(topic: string | { readonly name: string }): this {
    const line = callSite()
    this['~graph'].cover(deadLetterTo(topic, line), line)
    return this
  }

  /** Records that an operator cannot work on are counted and left out. */
  skip(): this {
    this['~graph'].cover({ kind: 'skip' }, callSite())
    return this
  }

  /**
   * What operators fail to do is tried again, everywhere but where a stream's own `retry` covers them, which takes the same
   * options. It comes before `deadLetter` and `skip`, which say what becomes of a record behind its last attempt.
   *
   * @throws SluiceError BAD_ARGUMENT, BAD_DURATION
   * @example
   * tracker.retry({ attempts: 5, backoff: exponential('200ms') }).deadLetter('import-tracker-dead')
   */
  retry(options: Omit<RetryOptions, 'as'>): this {
    this['~graph'].tryAgain(pipelineRetry(options, callSite()))
    return this
  }

  /**
   * What runs: sub-topologies, operators, stores and topics. Seals the pipeline.
   *
   * @throws SluiceError BAD_TOPOLOGY, NO_SERDE with the line to write
   * @example
   * console.log(tracker.describe().toMermaid())
   */
  describe(): Description {
    return describe(this.#lower('describe()'))
  }

  /** What the engine runs. Seals the pipeline. @throws SluiceError BAD_TOPOLOGY, NO_SERDE with the line to write */
  lower(): TopologySpec {
    return this.#lower('its first use').spec
  }

  /**
   * Starts it. Seals the pipeline.
   *
   * @throws SluiceError BAD_ARGUMENT, BAD_TOPOLOGY, NO_SERDE; UNKNOWN_TOPIC, TOPIC_MISMATCH, BROKER and those of the log
   * @example
   * await using app = await tracker.start({ log: embedded('./data') })
   * await app.drained()
   */
  async start(options: StartOptions): Promise<Running> {
    const { spec } = this.#lower('start()')
    // Loaded here, so that writing and describing a pipeline does not load the engine.
    const { start } = await import('../src/runtime/start.js')
    return start({ lower: () => spec }, options)
  }

  #lower(by: string): Lowered {
    this['~graph'].seal(by)
    this.#lowered ??= lower(this['~graph'])
    return this.#lowered
  }
}

/**
 * A pipeline by its application id, which names its consumer group, its internal topics and its state.
 *
 * @throws SluiceError BAD_ARGUMENT for an id that Kafka would not take in the name of a topic
 * @example
 * const tracker = pipeline('import-tracker', { value: json() })
 */
export function pipeline(id: string, options: PipelineOptions = {}): Pipeline {
  return new Pipeline(id, options)
}

type TopicKey<T> = T extends Topic<infer K, any> ? K : never
type TopicValue<T> = T extends Topic<any, infer V> ? V : never

function policyOf(onError: PipelineOptions['onError'], line: string | undefined): FailurePolicy {
  if (onError === undefined || onError === 'stop' || onError === 'skip') return { kind: onError ?? 'stop' }
  throw new SluiceError('BAD_ARGUMENT', `onError: ${valueText(onError)} is not known`, {
    place: { line },
    hint: "write 'stop' or 'skip', or name a topic with .deadLetter(topic)",
  })
}
