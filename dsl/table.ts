import { SluiceError } from '../src/errors.js'
import { checkKnown, flag, type KnownOptions } from '../src/known-options.js'
import { regroupSelect } from '../src/operators/regroup-select.js'
import type { Joiner } from '../src/operators/row-joiner.js'
import { tableFilter } from '../src/operators/table-filter.js'
import { tableJoin } from '../src/operators/table-join.js'
import { tableMap } from '../src/operators/table-map.js'
import { toStream } from '../src/operators/to-stream.js'
import { checkFunction, checkSame, type Fluent } from './fluent.js'
import { addForeignJoin } from './foreign-join.js'
import type { Graph } from './graph.js'
import { GroupedTable } from './grouped-table.js'
import { isTable } from './lower/tables.js'
import { joinKinds } from './node-kinds.js'
import type { Node, TableJoinNode, TableStepNode } from './nodes.js'
import { callSite } from './place.js'
import {
  choose,
  groupOptions,
  newKey,
  newStoreOptions,
  newValue,
  storeOptions,
  storeWish,
  type AnyStoreOptions,
} from './serdes.js'
import { Stream } from './stream.js'
import { addSuppress, type NeedWindows, type SuppressOptions } from './suppress.js'
import type { GroupOptions, MeetingKeys, NewStoreOptions, SerdeFor, StoreOptions } from './types.js'
import { makesNew, passesAll } from './uses.js'

/** A function of a row. */
export type RowCallback<K, V, R> = (value: V, key: K) => R

/**
 * A table: the latest value of each key. Its changes flow on like records; a deletion is a change as well. Immutable.
 *
 * @throws SluiceError each operator, where it is written, as those of a stream
 */
export class Table<out K, out V> {
  declare readonly '~types': { readonly key: K; readonly value: V; readonly table: true }
  readonly '~graph': Graph
  readonly '~node': Node

  constructor(graph: Graph, node: Node) {
    this['~graph'] = graph
    this['~node'] = node
    Object.freeze(this)
  }

  /** The rows that the predicate accepts; one that it no longer accepts is deleted downstream. */
  filter<S extends V>(predicate: (value: V, key: K) => value is S, options?: StoreOptions<K, S>): Table<K, S>
  /**
   * The rows that the predicate accepts; one that it no longer accepts is deleted downstream.
   *
   * @example
   * customers.filter(customer => customer.country === 'DE')
   */
  filter(predicate: RowCallback<K, V, unknown>, options?: StoreOptions<K, V>): Table<K, V>
  filter(predicate: RowCallback<K, V, unknown>, options: AnyStoreOptions = {}): Table<K, any> {
    return this.#filtered('filter', predicate, options, callSite())
  }

  /** The rows that the predicate refuses. A type guard narrows the values to the others. */
  filterNot<S extends V>(
    predicate: (value: V, key: K) => value is S,
    options?: StoreOptions<K, Exclude<V, S>>,
  ): Table<K, Exclude<V, S>>
  /** The rows that the predicate refuses. */
  filterNot(predicate: RowCallback<K, V, unknown>, options?: StoreOptions<K, V>): Table<K, V>
  filterNot(predicate: RowCallback<K, V, unknown>, options: StoreOptions<K, any> = {}): unknown {
    return this.#filtered('filterNot', predicate, options, callSite())
  }

  /**
   * Another value for each row; null leaves the row out.
   *
   * @example
   * customers.map(customer => customer.city, { as: 'cities', value: string })
   */
  map<R>(fn: RowCallback<K, V, R>, options: NewStoreOptions<K, NonNullable<R>> = {}): Table<K, NonNullable<R>> {
    const line = callSite()
    checkFunction(fn, 'map()', line)
    checkKnown('map()', options, newStoreOptions, line)
    return this.#step(line, {
      type: 'map',
      value: newValue('map', line, this['~graph'].defaultValue),
      options,
      operator: how => tableMap({ fn, ...how }),
      view: of => ({ of, map: fn }),
    })
  }

  /** The changes as records, without deletions. */
  toStream(options: { readonly tombstones: false }): Stream<K, V, 'keyed'>
  /**
   * The changes as records; the value of a deletion is null.
   *
   * @example
   * customers.toStream().filter(customer => customer === null).forEach((_, id) => console.log(`${id} is gone`))
   */
  toStream(options?: { readonly tombstones?: true }): Stream<K, V | null, 'keyed'>
  toStream(options: { readonly tombstones?: boolean } = {}): Stream<K, any, 'keyed'> {
    const line = callSite()
    checkKnown('toStream()', options, toStreamOptions, line)
    const { tombstones = true } = options
    const { '~graph': graph, '~node': parent } = this
    const node = graph.add({
      kind: 'step',
      type: 'toStream',
      parents: [parent],
      line,
      key: parent.key,
      value: parent.value,
      operator: toStream({ tombstones }),
      uses: { ...passesAll, old: false },
      rekeys: false,
      ends: false,
      callback: tombstones,
    })
    return new Stream(graph, node)
  }

  /**
   * The rows by another key, to be aggregated: rows enter and leave groups as they change. Repartitions.
   *
   * @example
   * customers.groupBy((customer, id) => [customer.country, id]).count()
   */
  groupBy<K2 extends string, V2>(
    fn: RowCallback<K, V, readonly [K2, V2]>,
    options?: GroupOptions<K2, NonNullable<V2>>,
  ): GroupedTable<K2, NonNullable<V2>>
  /** As above, by keys that are no strings: their serde is named. */
  groupBy<K2, V2>(
    fn: RowCallback<K, V, readonly [K2, V2]>,
    options: GroupOptions<K2, NonNullable<V2>> & { readonly key: SerdeFor<K2> },
  ): GroupedTable<K2, NonNullable<V2>>
  groupBy(fn: RowCallback<K, V, readonly [any, any]>, options: GroupOptions<any, any> = {}): GroupedTable<any, any> {
    const { '~graph': graph, '~node': parent } = this
    const line = callSite()
    checkFunction(fn, 'groupBy()', line)
    checkKnown('groupBy()', options, groupOptions, line)
    const key = choose(options.key, 'groupBy({ key })', newKey('groupBy'))
    const node = graph.add({
      kind: 'step',
      type: 'groupBy',
      parents: [parent],
      line,
      key,
      value: choose(options.value, 'groupBy({ value })', newValue('groupBy', line, graph.defaultValue)),
      operator: regroupSelect(fn, key.serde),
      uses: makesNew,
      rekeys: true,
      ends: false,
      callback: fn,
    })
    return new GroupedTable(graph, node, options.as)
  }

  /**
   * Holds changes back and tells the latest of each key: when its window has closed, or when a time has passed.
   *
   * @example
   * clicks.groupByKey().windowedBy(tumbling('1m')).count().suppress({ until: 'window-closes' })
   */
  suppress(options: SuppressOptions & NeedWindows<K>): Table<K, V> {
    return new Table(this['~graph'], addSuppress(this, options, callSite()))
  }

  /**
   * Rows that both tables have, combined.
   *
   * @example
   * customers.join(verified, (customer, isVerified) => ({ ...customer, isVerified }))
   */
  join<K2, T, R>(
    other: Table<K2, T> & MeetingKeys<K, K2>,
    joiner: Joiner<K, V, T, R>,
    options?: SameKeyOptions<K, R>,
  ): Table<K, NonNullable<R>>
  /**
   * Rows with the row of another table that their value names. Whichever of the two changes, the result follows.
   *
   * @example
   * orders.join(customers, (order, customer) => ({ ...order, to: customer.city }), { on: order => order.customerId })
   */
  join<K2, T, R>(
    other: Table<K2, T>,
    joiner: Joiner<K, V, T, R>,
    options: ForeignKeyOptions<K, V, K2, R>,
  ): Table<K, NonNullable<R>>
  join(other: Fluent, joiner: AnyJoiner, options: AnyStoreOptions = {}): Table<K, any> {
    return this.#joined('join', other, joiner, options, callSite())
  }

  /** Every row of this table, with null where the other has none. */
  leftJoin<K2, T, R>(
    other: Table<K2, T> & MeetingKeys<K, K2>,
    joiner: Joiner<K, V, T | null, R>,
    options?: SameKeyOptions<K, R>,
  ): Table<K, NonNullable<R>>
  /** Every row of this table with the row of the other that `on` names; null where that names none, or there is none. */
  leftJoin<K2, T, R>(
    other: Table<K2, T>,
    joiner: Joiner<K, V, T | null, R>,
    options: ForeignKeyOptions<K, V, K2, R>,
  ): Table<K, NonNullable<R>>
  leftJoin(other: Fluent, joiner: AnyJoiner, options: AnyStoreOptions = {}): Table<K, any> {
    return this.#joined('leftJoin', other, joiner, options, callSite())
  }

  /** Rows that at least one of the tables has, with null for the other. */
  outerJoin<K2, T, R>(
    other: Table<K2, T> & MeetingKeys<K, K2>,
    joiner: Joiner<K | K2, V | null, T | null, R>,
    options: NewStoreOptions<K | K2, NonNullable<R>> = {},
  ): Table<K | K2, NonNullable<R>> {
    const fluent: Fluent = other
    return this.#joined('outerJoin', fluent, joiner as AnyJoiner, options, callSite())
  }

  #filtered(
    type: 'filter' | 'filterNot',
    predicate: RowCallback<K, V, unknown>,
    options: AnyStoreOptions,
    line: string | undefined,
  ): Table<K, any> {
    checkFunction(predicate, `${type}()`, line)
    checkKnown(`${type}()`, options, storeOptions, line)
    const not = type === 'filterNot'
    return this.#step(line, {
      type,
      value: this['~node'].value,
      options,
      operator: how => tableFilter({ predicate, not, ...how }),
      view: of => ({ of, filter: predicate, not }),
    })
  }

  #step<R>(
    line: string | undefined,
    step: Pick<TableStepNode, 'type' | 'value' | 'operator' | 'view'> & { readonly options: AnyStoreOptions },
  ): Table<K, R> {
    const { '~graph': graph, '~node': parent } = this
    const { type, operator, view } = step
    const store = storeWish(type, step.options, parent.key, step.value, line)
    const { key, value } = store
    return new Table(
      graph,
      graph.add({ kind: 'table-step', type, parents: [parent], line, key, value, store, operator, view }),
    )
  }

  #joined<R>(
    type: TableJoinNode['type'],
    other: Fluent,
    joiner: AnyJoiner,
    options: AnyStoreOptions,
    line: string | undefined,
  ): Table<any, R> {
    const { '~graph': graph, '~node': parent } = this
    checkSame(graph, other, `${type}()`, line)
    if (!isTable(other['~node'])) {
      throw new SluiceError('BAD_ARGUMENT', `${type}() of a table needs another table`, {
        place: { line },
        hint: 'a stream becomes one by .toTable(); a global table is joined by streams alone',
      })
    }
    checkKnown(`${type}()`, options, type === 'outerJoin' ? newStoreOptions : joinOptions, line)
    if ('on' in options && type !== 'outerJoin') {
      return new Table(graph, addForeignJoin(this, type, other, joiner, options, line))
    }
    checkFunction(joiner, `${type}()`, line)
    const store = storeWish(type, options, parent.key, newValue(type, line, graph.defaultValue), line)
    const { key, value } = store
    const kind = joinKinds[type]
    const node = graph.add({
      kind: 'table-join',
      type,
      parents: [parent, other['~node']],
      line,
      key,
      value,
      store,
      side: (side, view, sendOld) => tableJoin({ other: view, joiner, side, kind, sendOld }),
    })
    return new Table(graph, node)
  }
}

/** A join by the tables' own keys. That it has no `on` lets the compiler tell the two before it looks at the functions. */
interface SameKeyOptions<K, R> extends NewStoreOptions<K, NonNullable<R>> {
  readonly on?: never
}

/** A join by a key in the values. */
export interface ForeignKeyOptions<K, V, K2, R> extends NewStoreOptions<K, NonNullable<R>> {
  /** The other table's key for a row; null where it means none. */
  readonly on: (value: V, key: K) => K2 | null
}

const joinOptions: KnownOptions<ForeignKeyOptions<any, any, any, any>> = { ...newStoreOptions, on: true }
const toStreamOptions: KnownOptions<{ readonly tombstones?: boolean }> = { tombstones: flag }

type AnyJoiner = Joiner<any, any, any, unknown>
