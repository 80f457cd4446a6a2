import { checkKnown } from '../src/known-options.js'
import {
  aggregateFold,
  aggregateMerge,
  countFold,
  countMerge,
  reduceFold,
  type Aggregator,
  type Fold,
  type Merger,
  type Reducer,
} from '../src/operators/fold.js'
import type { SessionWindows, SlidingWindows, TimeWindows } from '../src/operators/windows/definitions.js'
import { long } from '../src/serde/index.js'
import type { WindowKey } from '../src/serde/windowed.js'
import { checkFunction } from './fluent.js'
import { groupedValue, type GroupedInput } from './grouped-input.js'
import { addLate, type LateOptions } from './late.js'
import type { SerdeChoice } from './nodes.js'
import { callSite } from './place.js'
import { newValue } from './serdes.js'
import { Stream } from './stream.js'
import { Table } from './table.js'
import { addWindowAggregate, type WindowAggregate } from './window-aggregate.js'
import {
  newWindowOptions,
  sessionOptions,
  windowOptions,
  type AnyWindowOptions,
  type NewWindowOptions,
  type WindowOptions,
} from './window-store.js'

const counted: SerdeChoice = { serde: long, why: 'count' }

/** A grouped stream by windows of time, about to be aggregated. Null values take no part. */
export class Windowed<out K, out V> {
  declare readonly '~types': { readonly key: K; readonly value: V; readonly windowed: true }
  readonly #grouped: GroupedInput
  readonly #windows: TimeWindows | SlidingWindows

  constructor(grouped: GroupedInput, windows: TimeWindows | SlidingWindows) {
    this.#grouped = grouped
    this.#windows = windows
    Object.freeze(this)
  }

  /**
   * The number of records per key and window.
   *
   * @example
   * clicks.groupByKey().windowedBy(tumbling('1m')).count({ as: 'clicks-per-minute' })
   */
  count(options: WindowOptions<K, number> = {}): Table<WindowKey<K>, number> {
    const line = callSite()
    checkKnown('count()', options, windowOptions, line)
    return this.#aggregate('count', options, countFold, counted, line)
  }

  /** Combines the values of a key and window; the first value is the first aggregate; null deletes. */
  reduce(reducer: Reducer<K, V>, options: NewWindowOptions<K, V> = {}): Table<WindowKey<K>, V> {
    const line = callSite()
    checkFunction(reducer, 'reduce()', line)
    checkKnown('reduce()', options, newWindowOptions, line)
    return this.#aggregate('reduce', options, reduceFold(reducer), groupedValue(this.#grouped), line)
  }

  /** An aggregate per key and window, of any type: begins with `initial()`; null deletes. */
  aggregate<A>(
    initial: () => A,
    add: Aggregator<K, V, NoInfer<A>>,
    options: NewWindowOptions<K, A> = {},
  ): Table<WindowKey<K>, A> {
    const line = callSite()
    checkFunction(initial, 'aggregate()', line)
    checkFunction(add, 'aggregate()', line)
    checkKnown('aggregate()', options, newWindowOptions, line)
    const value = newValue('aggregate', line, this.#grouped['~graph'].defaultValue)
    return this.#aggregate('aggregate', options, aggregateFold(initial, add), value, line)
  }

  /**
   * The records that came after the grace: those for which every window had closed, and which the aggregates over these
   * windows therefore leave out.
   *
   * @example
   * clicks.groupByKey().windowedBy(tumbling('1m', { grace: '10s' })).late().map(click => click.url).to(texts)
   */
  late(options: LateOptions<V> = {}): Stream<K, V, 'keyed'> {
    const graph = this.#grouped['~graph']
    graph.goOn(this)
    return new Stream(graph, addLate(this.#grouped, this.#windows, options, callSite()))
  }

  #aggregate<A>(
    type: WindowAggregate<A>['type'],
    options: AnyWindowOptions,
    fold: Fold<any, any, any>,
    value: SerdeChoice,
    line: string | undefined,
  ): Table<WindowKey<K>, A> {
    const graph = this.#grouped['~graph']
    graph.goOn(this)
    return new Table(graph, addWindowAggregate(this.#grouped, this.#windows, { type, options, fold, value }, line))
  }
}

/** A grouped stream by sessions, about to be aggregated. A record may make one session of several. */
export class SessionWindowed<out K, out V> {
  declare readonly '~types': { readonly key: K; readonly value: V; readonly sessions: true }
  readonly #grouped: GroupedInput
  readonly #windows: SessionWindows

  constructor(grouped: GroupedInput, windows: SessionWindows) {
    this.#grouped = grouped
    this.#windows = windows
    Object.freeze(this)
  }

  /** The number of records per key and session. */
  count(options: WindowOptions<K, number> = {}): Table<WindowKey<K>, number> {
    const line = callSite()
    checkKnown('count()', options, windowOptions, line)
    const count = { type: 'count', options, fold: countFold, merge: countMerge, value: counted } as const
    return this.#aggregate(count, line)
  }

  /** Combines the values of a key and session, and those of two sessions that become one; null deletes. */
  reduce(reducer: Reducer<K, V>, options: NewWindowOptions<K, V> = {}): Table<WindowKey<K>, V> {
    const line = callSite()
    checkFunction(reducer, 'reduce()', line)
    checkKnown('reduce()', options, newWindowOptions, line)
    const fold = reduceFold(reducer)
    const value = groupedValue(this.#grouped)
    return this.#aggregate({ type: 'reduce', options, fold, merge: fold, value }, line)
  }

  /**
   * An aggregate per key and session, of any type: begins with `initial()`; `merger` combines the aggregates of two sessions
   * that a record brings together; null deletes.
   *
   * @example
   * clicks.groupByKey().windowedBy(session('30m'))
   *   .aggregate((): string[] => [], (urls, click) => [...urls, click.url], { merger: (a, b) => [...a, ...b] })
   */
  aggregate<A>(
    initial: () => A,
    add: Aggregator<K, V, NoInfer<A>>,
    options: NewWindowOptions<K, A> & { readonly merger: Merger<K, NoInfer<A>> },
  ): Table<WindowKey<K>, A> {
    const line = callSite()
    checkFunction(initial, 'aggregate()', line)
    checkFunction(add, 'aggregate()', line)
    checkKnown('aggregate()', options, sessionOptions, line)
    checkFunction(options?.merger, 'aggregate(…, { merger }) of sessions', line)
    const value = newValue('aggregate', line, this.#grouped['~graph'].defaultValue)
    const fold = aggregateFold(initial, add)
    const merge = aggregateMerge(initial, options.merger)
    return this.#aggregate({ type: 'aggregate', options, fold, merge, value }, line)
  }

  /** The records whose session had closed when they came. It keeps the sessions' bounds once more. */
  late(options: LateOptions<V> = {}): Stream<K, V, 'keyed'> {
    const graph = this.#grouped['~graph']
    graph.goOn(this)
    return new Stream(graph, addLate(this.#grouped, this.#windows, options, callSite()))
  }

  #aggregate<A>(aggregate: WindowAggregate<any>, line: string | undefined): Table<WindowKey<K>, A> {
    const graph = this.#grouped['~graph']
    graph.goOn(this)
    return new Table(graph, addWindowAggregate(this.#grouped, this.#windows, aggregate, line))
  }
}
