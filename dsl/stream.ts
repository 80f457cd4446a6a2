import type { OperatorFunction, Subscribable } from 'rxjs'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import { filter } from '../src/operators/filter.js'
import { filterNot } from '../src/operators/filter-not.js'
import { flatMapValues } from '../src/operators/flat-map-values.js'
import { forEach } from '../src/operators/for-each.js'
import { mapRecord, type MappedRecord } from '../src/operators/map-record.js'
import { mapValues } from '../src/operators/map-values.js'
import { peek } from '../src/operators/peek.js'
import { selectKey } from '../src/operators/select-key.js'
import type { AnyProcessorFactory } from '../src/operators/process.js'
import type { ProcessorFactory, ValueProcessorFactory } from '../src/operators/processor.js'
import type { EffectCall } from '../src/operators/calls/effect.js'
import type { CallRecord } from '../src/operators/calls/map-async.js'
import type { StreamRecord } from '../src/record.js'
import type { Duration } from '../src/time.js'
import type { FailurePolicy } from '../src/topology/spec.js'
import {
  branchesOf,
  checkedCopy,
  copiesOf,
  copyNames,
  type Branches,
  type Indices,
  type NotReserved,
  type Splits,
} from './branches.js'
import { deadLetterTo } from './dead-letter.js'
import { addEffect, addMapAsync, type EffectCallOptions, type MapAsyncOptions } from './calls.js'
import { addDedupe, type DedupeOptions } from './dedupe.js'
import { addDelay, addDeliverAt, type DelayOptions } from './delay.js'
import { checkFunction, type Fluent } from './fluent.js'
import { makeObservable } from './from.js'
import type { GlobalTable } from './global-table.js'
import type { Graph } from './graph.js'
import { Grouped } from './grouped.js'
import { joinAny, type TableJoinOptions } from './join.js'
import { addMerge, splitArguments, type MergeOptions } from './merge.js'
import { addPipe } from './pipe.js'
import { addProcess, outputNodes, type ProcessOptions } from './process.js'
import type { Node } from './nodes.js'
import { callSite } from './place.js'
import { checkRace, isRace, raceOf, type Race, type RaceOptions } from './race.js'
import { addRepartition } from './repartition.js'
import { addRetry, type RetryOptions } from './retry.js'
import { choose, groupOptions, newKey, newValue, repartitionOptions } from './serdes.js'
import { addShard, type ShardOptions } from './shard.js'
import { splitInto, type SplitOptions } from './split.js'
import type { StreamJoinOptions } from './stream-join.js'
import { addRekeyed, addStep, usesOf } from './steps.js'
import { addSink, checkSink, toOptions, type ToOptions } from './sink.js'
import { Table } from './table.js'
import { addToTable } from './to-table.js'
import type { Sink, Topic } from './topic.js'
import { readTopic, streamOptions, type OrNull, type StreamOptions } from './source.js'
import type {
  AnyStream,
  Callback,
  GroupOptions,
  KeyArguments,
  KeyOf,
  MeetingKeys,
  NeedKeyed,
  NewStoreOptions,
  Partitioning,
  PartitioningOf,
  RepartitionOptions,
  Say,
  SerdeFor,
  StreamTypes,
  ValueOf,
} from './types.js'
import { makesNew } from './uses.js'

/**
 * A stream of records. Immutable: every operator answers a new stream, and one stream can be used any number of times.
 * Callbacks get `(value, key, record)`. A `{ as }` is a name that Kafka would take in the name of a topic.
 *
 * @throws SluiceError each operator, where it is written, with its line: BAD_ARGUMENT for what is no function where one
 *   belongs and for options that it does not have, BAD_DURATION for what is no duration, BAD_TOPOLOGY for streams of another
 *   pipeline and once the pipeline is sealed
 */
export class Stream<out K, out V, out Q extends Partitioning = Partitioning> {
  declare readonly '~types': StreamTypes<K, V, Q>
  readonly '~graph': Graph
  readonly '~node': Node
  /** What RxJS's `from(stream)` asks for; see `from`. */
  declare readonly [Symbol.observable]: () => Subscribable<V>

  constructor(graph: Graph, node: Node) {
    this['~graph'] = graph
    this['~node'] = node
    Object.freeze(this)
  }

  /** Keeps the records that the predicate accepts. A type guard narrows the values. */
  filter<S extends V>(predicate: (value: V, key: K, record: StreamRecord<K, V>) => value is S): Stream<K, S, Q>
  /**
   * Keeps the records that the predicate accepts.
   *
   * @example
   * orders.filter(order => order.price > 100)
   */
  filter(predicate: Callback<K, V, unknown>): Stream<K, V, Q>
  filter(predicate: Callback<K, V, unknown>): Stream<K, any, Q> {
    const operator = () => filter(predicate)
    return this.#with(addStep(this, callSite(), { type: 'filter', callback: predicate, operator }))
  }

  /** Keeps the records that the predicate refuses. A type guard narrows the values to the others. */
  filterNot<S extends V>(
    predicate: (value: V, key: K, record: StreamRecord<K, V>) => value is S,
  ): Stream<K, Exclude<V, S>, Q>
  /** Keeps the records that the predicate refuses. */
  filterNot(predicate: Callback<K, V, unknown>): Stream<K, V, Q>
  filterNot(predicate: Callback<K, V, unknown>): unknown {
    const operator = () => filterNot(predicate)
    return this.#with(addStep(this, callSite(), { type: 'filterNot', callback: predicate, operator }))
  }

  /**
   * Another value under the same key.
   *
   * @example
   * orders.map(order => order.price)
   */
  map<R>(fn: Callback<K, V, R>): Stream<K, R, Q> {
    const line = callSite()
    const value = newValue('map', line, this['~graph'].defaultValue)
    return this.#with(addStep(this, line, { type: 'map', callback: fn, operator: () => mapValues(fn), value }))
  }

  /**
   * Any number of values under the same key, in the order of the answer.
   *
   * @example
   * lines.flatMap(line => line.split(' '))
   */
  flatMap<R>(fn: Callback<K, V, Iterable<R>>): Stream<K, R, Q> {
    const line = callSite()
    const value = newValue('flatMap', line, this['~graph'].defaultValue)
    return this.#with(addStep(this, line, { type: 'flatMap', callback: fn, operator: () => flatMapValues(fn), value }))
  }

  /** Calls the function and passes each record on as it came. */
  peek(fn: Callback<K, V, void>): Stream<K, V, Q> {
    const line = callSite()
    checkFunction(fn, 'peek()', line)
    return this.#with(
      addStep(this, line, {
        type: 'peek',
        callback: fn,
        operator: () => peek(fn),
        uses: { ...usesOf(fn, { key: true, value: true }), mayChange: true },
      }),
    )
  }

  /** Calls the function; the chain ends here. Calls may repeat after a failure: exactly-once covers topics and state. */
  forEach(fn: Callback<K, V, void>): void {
    addStep(this, callSite(), { type: 'forEach', callback: fn, operator: () => forEach(fn), ends: true })
  }

  /**
   * Another key. The stream is then no longer partitioned by its key, which its type says.
   *
   * @example
   * orders.selectKey(order => order.customerId).repartition()
   */
  selectKey<K2>(fn: Callback<K, V, K2>): Stream<K2, V, 'rekeyed'> {
    const key = newKey('selectKey')
    const operator = () => selectKey(fn)
    return this.#with(addStep(this, callSite(), { type: 'selectKey', callback: fn, operator, key, rekeys: true }))
  }

  /**
   * Any number of records for one, with keys, values, timestamps (milliseconds since the epoch) and headers of their own.
   * What an answer leaves out of timestamp and headers stays as it came.
   *
   * @example
   * reminders.mapRecord(({ key, value }) => ({ key, value, timestamp: Date.parse(value.at), headers: { source: 'app' } }))
   */
  mapRecord<K2, V2>(
    fn: (record: StreamRecord<K, V>) => MappedRecord<K2, V2> | readonly MappedRecord<K2, V2>[],
  ): Stream<K2, V2, 'rekeyed'> {
    const line = callSite()
    const step = addStep(this, line, {
      type: 'mapRecord',
      callback: fn,
      operator: () => mapRecord(fn),
      key: newKey('mapRecord'),
      value: newValue('mapRecord', line, this['~graph'].defaultValue),
      uses: makesNew,
      rekeys: true,
    })
    return this.#with(step)
  }

  /** One independent copy: this stream, which can be used any number of times. */
  copy(): Stream<K, V, Q>
  /**
   * The same call made several times for each record, of which the first to succeed counts.
   *
   * @throws SluiceError BAD_ARGUMENT for less than two
   * @example
   * orders.copy({ race: 2 }).mapAsync((order, id, { signal }) => lookUp(order.customer, { signal }))
   */
  copy(race: { readonly race: number }): Race<K, V, Q>
  /**
   * That many branches, numbered from 0.
   *
   * @throws SluiceError BAD_ARGUMENT
   * @example
   * const { 0: first, 1: second } = orders.copy(2)
   */
  copy<const N extends number>(count: N): Branches<{ [I in Indices<N>]: Stream<K, V, Q> }>
  /**
   * A branch from each function, by its name.
   *
   * @throws SluiceError BAD_ARGUMENT for names that are operators
   * @example
   * const { mails, totals } = orders.copy({ mails: s => s.filter(order => order.paid), totals: s => s.map(order => order.price) })
   */
  copy<B extends Record<string, (stream: Stream<K, V, Q>) => AnyStream>>(
    branches: B & NotReserved<B>,
  ): Branches<{ [N in keyof B]: ReturnType<B[N]> }>
  copy(how?: number | { readonly race: number } | Record<string, (stream: Stream<K, V, Q>) => AnyStream>): unknown {
    if (how === undefined) return this
    const line = callSite()
    if (isRace(how)) return this.#race(how, line)
    const names = typeof how === 'object' && how !== null ? copiesOf(how, line) : copyNames(how, line)
    const streams: [string, AnyStream][] = names.map(name => {
      const node = this['~node']
      const { key, value } = node
      const copy = this.#with<K, V, Q>(this['~graph'].add({ kind: 'branch', name, parents: [node], line, key, value }))
      return [name, typeof how === 'number' ? copy : checkedCopy(how[name]!(copy), name, line)]
    })
    return branchesOf(streams, line)
  }

  /**
   * Each record to the first branch whose predicate accepts it; what none accepts goes to the branch `rest`. With
   * `{ overlap: true }`, to every branch whose predicate accepts it.
   *
   * @throws SluiceError BAD_ARGUMENT without branches, for names that are operators
   * @example
   * const { paid, rest } = orders.split({ paid: order => order.paid })
   */
  split<B extends Record<string, Callback<K, V, unknown>>>(
    branches: B & NotReserved<B>,
    options: SplitOptions = {},
  ): Branches<Splits<Stream<K, V, Q>, B>> {
    const line = callSite()
    const streams = splitInto(this, branches, options, line).map(([name, node]) => [name, this.#with(node)] as const)
    return branchesOf(streams, line)
  }

  /**
   * All records of this stream and of the others, each stream's in their order. Without arguments, this stream.
   *
   * Between the streams the oldest record goes first; `{ fair: true }` and `{ weights }` take turns instead. Those are for
   * streams of different topics, and not for what a join in the same task needs in the order of time.
   *
   * @example
   * urgent.merge(normal, { weights: [3, 1] })
   */
  merge<O extends readonly AnyStream[]>(
    ...others: [...streams: O, choice: MergeOptions] & readonly [...MergingKeys<K, O>, unknown]
  ): Stream<K | KeyOf<O[number]>, V | ValueOf<O[number]>, Q | PartitioningOf<O[number]>>
  merge<O extends readonly AnyStream[]>(
    ...others: O & MergingKeys<K, O>
  ): Stream<K | KeyOf<O[number]>, V | ValueOf<O[number]>, Q | PartitioningOf<O[number]>>
  merge(...given: readonly unknown[]): Stream<K, any, any> {
    const [others, options] = splitArguments(given)
    if (others.length === 0 && options === undefined) return this
    return this.#with(addMerge([this, ...others], callSite(), options))
  }

  /**
   * A stream re-keyed by `by` and spread over that many partitions of an internal topic: all records of a shard key meet
   * in one task. The serde of keys that are not strings is named.
   */
  shard<K2 extends string>(options: ShardOptions<K, V, K2>): Stream<K2, V, 'keyed'>
  /**
   * As above, by keys that are no strings: their serde is named.
   *
   * @example
   * flights.shard({ by: flight => flight.delay, shards: 8, key: int32 })
   */
  shard<K2>(options: ShardOptions<K, V, K2> & { readonly key: SerdeFor<K2> }): Stream<K2, V, 'keyed'>
  shard(options: ShardOptions<K, V, any>): Stream<any, V, 'keyed'> {
    return this.#with(addShard(this, options, callSite()))
  }

  /**
   * Hands each record to code of your own, which has stores and timers and forwards what it likes (see `sluice/processor`).
   * The function is called once per task. Nothing has to follow.
   *
   * @example
   * const seen = tracker.addStore(store('seen', { key: string, value: long }))
   * stream.process<string, number>(
   *   context => (value, key) => {
   *     const count = (context.store(seen).get(key) ?? 0) + 1
   *     context.store(seen).put(key, count)
   *     return context.forward(key, count)
   *   },
   *   { stores: [seen] },
   * )
   */
  process<K2 = never, V2 = never>(
    factory: ProcessorFactory<K, V, K2, V2, never>,
    options?: ProcessOptions & { readonly outputs?: readonly [] },
  ): Stream<K2, V2, 'rekeyed'>
  /** As above, with a branch for each of the `outputs`, which `forward(key, value, { to })` names. */
  process<K2, V2, const O extends string>(
    factory: ProcessorFactory<K, V, K2, V2, O>,
    options: ProcessOptions<O> & { readonly outputs: readonly O[] },
  ): Branches<{ [N in O]: Stream<K2, V2, 'rekeyed'> }>
  process(factory: ProcessorFactory<K, V, any, any, any>, options: ProcessOptions<string> = {}): unknown {
    return this.#processed('process', factory, options, callSite())
  }

  /** As `process`, with a `forward` that keeps the key, so that what follows need not repartition. */
  processValues<V2 = never>(
    factory: ValueProcessorFactory<K, V, V2, never>,
    options?: ProcessOptions & { readonly outputs?: readonly [] },
  ): Stream<K, V2, Q>
  /** As above, with a branch for each of the `outputs`. */
  processValues<V2, const O extends string>(
    factory: ValueProcessorFactory<K, V, V2, O>,
    options: ProcessOptions<O> & { readonly outputs: readonly O[] },
  ): Branches<{ [N in O]: Stream<K, V2, Q> }>
  processValues(factory: ValueProcessorFactory<K, V, any, any>, options: ProcessOptions<string> = {}): unknown {
    return this.#processed('processValues', factory, options, callSite())
  }

  #race(how: RaceOptions, line: string | undefined): Race<K, V, Q> {
    checkRace(how, line)
    return raceOf<K, V, Q>(
      { mapAsync: (fn, options = {}) => this.#with(addMapAsync(this, fn, options, how.race, callSite())) },
      Stream.prototype,
    )
  }

  #processed(
    type: 'process' | 'processValues',
    factory: AnyProcessorFactory,
    options: ProcessOptions<string>,
    line: string | undefined,
  ): unknown {
    const node = addProcess(this, type, factory, options, line)
    if (node.outputs.length === 0) return this.#with(node)
    const streams = outputNodes(node, this).map(([name, output]) => [name, this.#with(output)] as const)
    return branchesOf(streams, line)
  }

  /**
   * The first of the records that share their key and what `by` answers, and lie `within` that far apart in time.
   *
   * @example
   * payments.dedupe({ by: payment => payment.id, within: '1h' })
   */
  dedupe(
    ...[options]: [Q] extends ['keyed']
      ? [options: DedupeOptions<K, V>]
      : [Say<'this stream is not partitioned by its key: write .repartition() before dedupe'>]
  ): Stream<NonNullable<K>, V, Q> {
    return this.#with(addDedupe(this, options as DedupeOptions<K, V>, callSite()))
  }

  /**
   * Each record once the wall clock has moved on by `duration` since it came here. It waits in the state, through restarts,
   * and goes on once, with the time for which it was due as its timestamp, or its own (`{ timestamp: 'record' }`); those due
   * at one time go on in the order they came. See `docs/time.md`.
   *
   * @throws SluiceError BAD_DURATION
   * @example
   * signups.delay('1d').leftJoin(verified, (signup, seen) => ({ ...signup, verified: seen !== null }))
   */
  delay(duration: Duration, ...[options]: KeyArguments<K, Q, DelayOptions<K, V>>): Stream<K, V, Q> {
    return this.#with(addDelay(this, duration, options, callSite()))
  }

  /**
   * Each record once the wall clock has reached the time that the function answers: milliseconds since the epoch, or a
   * Date. One whose time has passed goes on at once. Otherwise as `delay`.
   *
   * @example
   * reminders.deliverAt(reminder => Date.parse(reminder.at)).to(mails)
   */
  deliverAt(
    time: Callback<K, V, number | Date>,
    ...[options]: KeyArguments<K, Q, DelayOptions<K, V>>
  ): Stream<K, V, Q> {
    return this.#with(addDeliverAt(this, time, options, callSite()))
  }

  /**
   * Each value, alone, through RxJS operators: what they emit for it goes on under its key. They are subscribed to anew for
   * each record, so they keep nothing between records; where they are asynchronous, the task waits for them.
   *
   * @example
   * lines.pipe(mergeMap(line => line.split(' ')), filter(word => word !== ''))
   */
  pipe<A>(a: OperatorFunction<V, A>): Stream<K, A, Q>
  pipe<A, B>(a: OperatorFunction<V, A>, b: OperatorFunction<A, B>): Stream<K, B, Q>
  pipe<A, B, C>(a: OperatorFunction<V, A>, b: OperatorFunction<A, B>, c: OperatorFunction<B, C>): Stream<K, C, Q>
  pipe<A, B, C, D>(
    a: OperatorFunction<V, A>,
    b: OperatorFunction<A, B>,
    c: OperatorFunction<B, C>,
    d: OperatorFunction<C, D>,
  ): Stream<K, D, Q>
  pipe<A, B, C, D, E>(
    a: OperatorFunction<V, A>,
    b: OperatorFunction<A, B>,
    c: OperatorFunction<B, C>,
    d: OperatorFunction<C, D>,
    e: OperatorFunction<D, E>,
    ...more: OperatorFunction<E, E>[]
  ): Stream<K, E, Q>
  pipe(...operators: OperatorFunction<any, any>[]): Stream<K, any, Q> {
    return this.#with(addPipe(this, operators, callSite()))
  }

  /**
   * Writes each record to the topic that the function chooses; the chain ends here. A topic that does not exist fails the
   * record.
   *
   * @example
   * lines.to(line => (line === '' ? texts : topic('lines', { key: string, value: string })))
   */
  to(topic: Callback<K, V, Sink<NonNullable<K>, NonNullable<V>>>, options?: ToOptions<K, V>): void
  /** Writes to a topic; the chain ends here. */
  to(topic: Sink<NonNullable<K>, NonNullable<V>>, options?: ToOptions<K, V>): void
  to(topic: Sink<any, any> | Callback<K, V, Sink<any, any>>, options: ToOptions<K, V> = {}): void {
    const line = callSite()
    checkKnown('to()', options, toOptions, line)
    addSink(this, topic, options, line)
  }

  /**
   * Writes to a topic and reads on from it. The topic must exist; `repartition` makes its own.
   *
   * @example
   * lines.map(line => line.trim()).through(texts).forEach(text => console.log(text))
   */
  through<K2, V2, Keyless extends boolean = false, Tombstones extends boolean = false>(
    topic: Topic<K2, V2> & Sink<NonNullable<K>, NonNullable<V>>,
    options?: StreamOptions<K2, V2, Keyless, Tombstones> & { readonly partitioner?: never },
  ): Stream<OrNull<K2, Keyless>, OrNull<V2, Tombstones>, 'keyed'>
  /** As above, by a partitioner of your own: the stream is then no longer partitioned by its key, which its type says. */
  through<K2, V2, Keyless extends boolean = false, Tombstones extends boolean = false>(
    topic: Topic<K2, V2> & Sink<NonNullable<K>, NonNullable<V>>,
    options: StreamOptions<K2, V2, Keyless, Tombstones> & ToOptions<K, V>,
  ): Stream<OrNull<K2, Keyless>, OrNull<V2, Tombstones>, 'rekeyed'>
  through(topic: Topic<any, any>, options: StreamOptions<any, any> & ToOptions<K, V> = {}): Stream<any, any, any> {
    const line = callSite()
    checkSink(topic, 'through()', line)
    checkKnown('through()', options, throughOptions, line)
    addSink(this, topic, options, line)
    const read = this.#with<any, any, 'keyed'>(readTopic(this['~graph'], topic, options, line))
    return options.partitioner === undefined ? read : this.#with(addRekeyed(read, 'through', line))
  }

  /**
   * Through an internal topic, so that equal keys meet in one task. Its number of partitions is fixed when it is made.
   *
   * @throws SluiceError BAD_ARGUMENT
   * @example
   * orders.selectKey(order => order.customerId).repartition({ as: 'by-customer', partitions: 8 })
   */
  repartition(...[options]: KeyArguments<K, Q, RepartitionOptions<NonNullable<K>, V>>): Stream<K, V, 'keyed'> {
    const node = this['~node']
    const line = callSite()
    checkKnown('repartition()', options, repartitionOptions, line)
    const { as, partitions, ...serdes } = options ?? {}
    const key = choose(serdes.key, 'repartition({ key })', node.key)
    const value = choose(serdes.value, 'repartition({ value })', node.value)
    return this.#with(addRepartition(this['~graph'], node, 'repartition', { key, value, as, partitions }, line))
  }

  /**
   * By its key. Repartitions where the key may have changed.
   *
   * @example
   * orders.groupByKey().count()
   */
  groupByKey(
    ...[options]: KeyArguments<K, Q, GroupOptions<NonNullable<K>, V>>
  ): Grouped<NonNullable<K>, NonNullable<V>> {
    const line = callSite()
    checkKnown('groupByKey()', options, groupOptions, line)
    const grouped = new Grouped<any, any>(this['~graph'], this['~node'], options ?? {})
    return this['~graph'].begin(grouped, 'groupByKey', line)
  }

  /**
   * By another key; repartitions. The serde of keys that are not strings is named.
   *
   * @example
   * flights.groupBy(flight => flight.delay, { key: int32 }).count()
   */
  groupBy<K2 extends string>(fn: Callback<K, V, K2>, options?: GroupOptions<K2, V>): Grouped<K2, NonNullable<V>>
  /** As above, by keys that are no strings: their serde is named. */
  groupBy<K2>(
    fn: Callback<K, V, K2>,
    options: GroupOptions<K2, V> & { readonly key: SerdeFor<K2> },
  ): Grouped<NonNullable<K2>, NonNullable<V>>
  groupBy(fn: Callback<K, V, unknown>, options: GroupOptions<any, any> = {}): Grouped<any, any> {
    const line = callSite()
    checkKnown('groupBy()', options, groupOptions, line)
    const key = newKey('groupBy')
    const operator = () => selectKey(fn)
    const step = addStep(this, line, { type: 'groupBy', callback: fn, operator, key, rekeys: true })
    return new Grouped(this['~graph'], step, options)
  }

  /**
   * The latest value of each key; null deletes. Repartitions where the key may have changed.
   *
   * @example
   * signups.toTable({ as: 'signups' })
   */
  toTable(
    ...[options = {}]: KeyArguments<
      K,
      Q,
      NewStoreOptions<NonNullable<K>, NonNullable<V>> & { readonly key?: SerdeFor<NonNullable<K>> }
    >
  ): Table<NonNullable<K>, NonNullable<V>> {
    return new Table(this['~graph'], addToTable(this, options, callSite()))
  }

  /**
   * Each record with the table's value of its key, as it is then; records without one are left out.
   *
   * @example
   * signups.join(customers, (signup, customer) => `${signup.name} of ${customer.city}`)
   */
  join<K2, T, R>(
    table: Table<K2, T> & NeedKeyed<Q> & MeetingKeys<NonNullable<K>, K2>,
    joiner: (value: NonNullable<V>, other: T, key: NonNullable<K>) => R,
    options?: TableJoinOptions<NonNullable<V>>,
  ): Stream<NonNullable<K>, R, 'keyed'>
  /** Each record with the row of a global table that `on` names, as it is then; records without one are left out. */
  join<K2, T, R>(
    table: GlobalTable<K2, T>,
    joiner: (value: NonNullable<V>, row: T, key: K) => R,
    options: { readonly on: (value: NonNullable<V>, key: K, record: StreamRecord<K, V>) => K2 | null },
  ): Stream<K, R, Q>
  /**
   * Each pair of records of one key that are not further apart than the options say.
   *
   * @example
   * orders.join(payments, (order, payment) => ({ ...order, paid: payment.amount }), { within: '1h', grace: '5m' })
   */
  join<K2, O, R, P extends Partitioning = 'keyed'>(
    other: Stream<K2, O, P> & NeedKeyed<Q> & NeedKeyed<P> & MeetingKeys<NonNullable<K>, NonNullable<K2>>,
    joiner: (value: NonNullable<V>, other: NonNullable<O>, key: NonNullable<K>) => R,
    options: StreamJoinOptions<NonNullable<K | K2>, NonNullable<V>, NonNullable<O>>,
  ): Stream<NonNullable<K>, R, 'keyed'>
  join(other: Fluent, joiner: AnyJoiner, options?: unknown): Stream<any, any, any> {
    return this.#with(joinAny(this, 'join', other, joiner, options, callSite()))
  }

  /** Each record with the table's value of its key, as it is then; null where there is none. */
  leftJoin<K2, T, R>(
    table: Table<K2, T> & NeedKeyed<Q> & MeetingKeys<NonNullable<K>, K2>,
    joiner: (value: NonNullable<V>, other: T | null, key: K) => R,
    options?: TableJoinOptions<NonNullable<V>>,
  ): Stream<K, R, 'keyed'>
  /** Each record with the row of a global table that `on` names, as it is then; null where there is none. */
  leftJoin<K2, T, R>(
    table: GlobalTable<K2, T>,
    joiner: (value: NonNullable<V>, row: T | null, key: K) => R,
    options: { readonly on: (value: NonNullable<V>, key: K, record: StreamRecord<K, V>) => K2 | null },
  ): Stream<K, R, Q>
  /** As `join` of two streams; a record of this one that meets nobody goes out with null when its window closes. */
  leftJoin<K2, O, R, P extends Partitioning = 'keyed'>(
    other: Stream<K2, O, P> & NeedKeyed<Q> & NeedKeyed<P> & MeetingKeys<NonNullable<K>, NonNullable<K2>>,
    joiner: (value: NonNullable<V>, other: NonNullable<O> | null, key: K) => R,
    options: StreamJoinOptions<NonNullable<K | K2>, NonNullable<V>, NonNullable<O>>,
  ): Stream<K, R, 'keyed'>
  leftJoin(other: Fluent, joiner: AnyJoiner, options?: unknown): Stream<any, any, any> {
    return this.#with(joinAny(this, 'leftJoin', other, joiner, options, callSite()))
  }

  /** As `join` of two streams; a record of either that meets nobody goes out with null when its window closes. */
  outerJoin<K2, O, R, P extends Partitioning>(
    other: Stream<K2, O, P> & NeedKeyed<Q> & NeedKeyed<P> & MeetingKeys<NonNullable<K>, NonNullable<K2>>,
    joiner: (value: NonNullable<V> | null, other: NonNullable<O> | null, key: K | K2) => R,
    options: StreamJoinOptions<NonNullable<K | K2>, NonNullable<V>, NonNullable<O>>,
  ): Stream<K | K2, R, 'keyed'> {
    const fluent: Fluent = other
    return this.#with(joinAny(this, 'outerJoin', fluent, joiner, options, callSite()))
  }

  /**
   * Calls a function that takes its time, up to `concurrency` at once in each task. A call may be made again after a crash;
   * its result goes on once. Where the key may have changed, `order: 'key'` means the key it has now, within the task.
   *
   * @example
   * orders.mapAsync(async (order, id, { signal }) => lookUp(order.customer, { signal }), { concurrency: 64, timeout: '5s' })
   */
  mapAsync<R>(
    fn: (value: V, key: K, record: CallRecord<K, V>) => Promise<R> | R,
    options: MapAsyncOptions<K, V> = {},
  ): Stream<K, R, Q> {
    return this.#with(addMapAsync(this, fn, options, 1, callSite()))
  }

  /**
   * Does something outside that must not be lost and not be done twice: the intent (the value and an idempotency key) is
   * committed before the call, its end afterwards. A crash in between repeats the call with the same value and key, by which
   * the other side tells the second one from the first. Nothing has to follow; what the function answers goes on.
   *
   * @example
   * finished.effect('webhook', async (done, { idempotencyKey, signal }) => {
   *   await post(done.url, done, { headers: { 'Idempotency-Key': idempotencyKey }, signal })
   * })
   */
  effect<R>(
    name: string,
    fn: (value: V, call: EffectCall<K>) => Promise<R> | R,
    options: EffectCallOptions<K, V> = {},
  ): Stream<K, Exclude<R, void | undefined> | (R extends void | undefined ? null : never), Q> {
    return this.#with(addEffect(this, name, fn, options, callSite()))
  }

  /**
   * What the operators above fail to do (back to the previous `retry`, the source or a repartition) is tried again. The
   * record is parked meanwhile, and those of its key behind it; all others go on. Behind the last attempt `deadLetter` or
   * `skip` say what becomes of it.
   *
   * @example
   * orders.mapAsync(charge).retry({ attempts: 5, backoff: exponential('200ms') }).deadLetter('orders-failed')
   */
  retry(options: RetryOptions): Stream<K, V, Q> {
    return this.#with(addRetry(this, options, callSite()))
  }

  /**
   * Records that the operators above cannot work on (back to the previous `deadLetter` or `skip`, or the source and its
   * bytes) go to this topic as they came, with the error in their headers, in the same transaction.
   *
   * @throws SluiceError BAD_ARGUMENT for what cannot name a topic
   * @example
   * reminders.deliverAt(reminder => Date.parse(reminder.at)).deadLetter('reminders-failed').to(mails)
   */
  deadLetter(topic: string | { readonly name: string }): Stream<K, V, Q> {
    const line = callSite()
    return this.#cover('deadLetter', deadLetterTo(topic, line), line)
  }

  /** Records that the operators above cannot work on are counted and left out. See `deadLetter`. */
  skip(): Stream<K, V, Q> {
    return this.#cover('skip', { kind: 'skip' }, callSite())
  }

  #cover(type: 'deadLetter' | 'skip', policy: FailurePolicy, line: string | undefined): Stream<K, V, Q> {
    const node = this['~node']
    const { key, value } = node
    return this.#with(this['~graph'].add({ kind: 'cover', type, policy, parents: [node], line, key, value }))
  }

  #with<K2, V2, Q2 extends Partitioning>(node: Node): Stream<K2, V2, Q2> {
    return new Stream(this['~graph'], node)
  }
}

makeObservable(Stream.prototype)

type MergingKeys<K, O extends readonly AnyStream[]> = {
  readonly [I in keyof O]: MeetingKeys<NonNullable<K>, NonNullable<KeyOf<O[I]>>>
}
type AnyJoiner = (left: any, right: any, key: any) => unknown

const throughOptions: KnownOptions<StreamOptions<any, any> & ToOptions<any, any>> = { ...streamOptions, ...toOptions }
