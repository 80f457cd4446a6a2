import { checkKnown } from '../src/known-options.js'
import { aggregate } from '../src/operators/aggregate.js'
import {
  aggregateFold,
  countFold,
  reduceFold,
  type Aggregator,
  type Fold,
  type Reducer,
} from '../src/operators/fold.js'
import { long } from '../src/serde/index.js'
import { checkFunction } from './fluent.js'
import type { Graph } from './graph.js'
import { groupedInput, groupedKey, groupedValue } from './grouped-input.js'
import type { Node, SerdeChoice, StatefulNode } from './nodes.js'
import { callSite } from './place.js'
import { newStoreOptions, newValue, orElse, storeOptions, storeWish, type AnyStoreOptions } from './serdes.js'
import { Cogrouped } from './cogrouped.js'
import { Table } from './table.js'
import type { GroupOptions, NewStoreOptions, StoreOptions } from './types.js'
import { looksAt } from '../src/operators/uses.js'
import { makesNew } from './uses.js'
import { checkWindows } from './window-store.js'
import { SessionWindowed, Windowed } from './windowed.js'
import type { SessionWindows, SlidingWindows, TimeWindows, Windows } from '../src/operators/windows/definitions.js'

/**
 * A stream by key, about to be aggregated. Null values take no part, as in Kafka Streams.
 *
 * @throws SluiceError each aggregate, where it is written, as the operators of a stream
 */
export class Grouped<out K, out V> {
  declare readonly '~types': { readonly key: K; readonly value: V }
  readonly '~graph': Graph
  readonly '~node': Node
  readonly '~options': GroupOptions<any, any>

  constructor(graph: Graph, node: Node, options: GroupOptions<any, any>) {
    this['~graph'] = graph
    this['~node'] = node
    this['~options'] = options
    Object.freeze(this)
  }

  /**
   * The number of records per key.
   *
   * @example
   * jobs.groupBy(job => job.importId).count({ as: 'completed-jobs' })
   */
  count(options: StoreOptions<K, number> = {}): Table<K, number> {
    const value: SerdeChoice = { serde: long, why: 'count' }
    const line = callSite()
    checkKnown('count()', options, storeOptions, line)
    return this.#aggregate('count', options, value, countFold, looksAtNothing, line)
  }

  /**
   * Combines the values of a key; the first value is the first aggregate; null deletes.
   *
   * @example
   * orders.groupByKey().reduce((dearest, order) => (order.price > dearest.price ? order : dearest))
   */
  reduce(reducer: Reducer<K, V>, options: NewStoreOptions<K, V> = {}): Table<K, V> {
    const line = callSite()
    checkFunction(reducer, 'reduce()', line)
    checkKnown('reduce()', options, newStoreOptions, line)
    return this.#aggregate('reduce', options, groupedValue(this), reduceFold(reducer), looksOf(reducer), line)
  }

  /**
   * An aggregate per key, of any type: begins with `initial()`, then takes in one value after the other; null deletes.
   *
   * @example
   * orders.groupByKey().aggregate(() => ({ sum: 0 }), (total, order) => ({ sum: total.sum + order.price }), { value: json() })
   */
  aggregate<A>(initial: () => A, add: Aggregator<K, V, NoInfer<A>>, options: NewStoreOptions<K, A> = {}): Table<K, A> {
    const line = callSite()
    checkFunction(initial, 'aggregate()', line)
    checkFunction(add, 'aggregate()', line)
    checkKnown('aggregate()', options, newStoreOptions, line)
    const value = newValue('aggregate', line, this['~graph'].defaultValue)
    return this.#aggregate('aggregate', options, value, aggregateFold(initial, add), looksOf(add), line)
  }

  /**
   * By windows of time as well: the aggregates behind it have keys of `{ key, start, end }`.
   *
   * @example
   * clicks.groupByKey().windowedBy(tumbling('1m', { grace: '10s' })).count({ emit: 'final' })
   */
  windowedBy(windows: TimeWindows | SlidingWindows): Windowed<K, V>
  windowedBy(windows: SessionWindows): SessionWindowed<K, V>
  windowedBy(windows: Windows): Windowed<K, V> | SessionWindowed<K, V> {
    const line = callSite()
    checkWindows(windows, 'windowedBy()', line)
    const windowed = windows.kind === 'session' ? new SessionWindowed(this, windows) : new Windowed(this, windows)
    this['~graph'].goOn(this)
    return this['~graph'].begin<Windowed<any, any> | SessionWindowed<any, any>>(windowed, 'windowedBy', line)
  }

  /**
   * One aggregate of several streams: each brings how its values are worked in, `aggregate` says what to begin with.
   *
   * @example
   * orders.groupByKey().cogroup((sum: number, order) => sum + order.price)
   *   .cogroup(refunds.groupByKey(), (sum, refund) => sum - refund.amount)
   *   .aggregate(() => 0, { value: float64 })
   */
  cogroup<A>(add: Aggregator<K, V, A>): Cogrouped<K, A> {
    const line = callSite()
    checkFunction(add, 'cogroup()', line)
    this['~graph'].goOn(this)
    return this['~graph'].begin(new Cogrouped(this['~graph'], [{ grouped: this, add }]), 'cogroup', line)
  }

  #aggregate<A>(
    type: StatefulNode['type'],
    options: AnyStoreOptions,
    value: SerdeChoice,
    fold: Fold<any, any, any>,
    looks: Looks,
    line: string | undefined,
  ): Table<K, A> {
    const graph = this['~graph']
    graph.goOn(this)
    const key = groupedKey(this)
    const store = storeWish(type, options, key, value, line)
    const carried = type === 'reduce' ? orElse(groupedValue(this), store.value) : undefined
    const parent = groupedInput(this, line, carried)
    return new Table(
      graph,
      graph.add({
        kind: 'stateful',
        type,
        parents: [parent],
        line,
        key,
        value: store.value,
        store,
        operator: name => aggregate({ store: name, fold }),
        uses: { ...makesNew, key: looks.key || 'bytes', value: looks.value, byKey: true },
      }),
    )
  }
}

/** What an aggregate's function looks at. */
interface Looks {
  readonly key: boolean
  readonly value: boolean
}

const looksAtNothing: Looks = { key: false, value: false }

/** Of a function of `(aggregate, value, key)`. */
function looksOf(fold: (aggregate: never, value: never, key: never) => unknown): Looks {
  return { key: looksAt(fold, 2), value: true }
}
