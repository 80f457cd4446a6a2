import { checkKnown } from '../src/known-options.js'
import { tableAggregate } from '../src/operators/table-aggregate.js'
import { tableCount } from '../src/operators/table-count.js'
import { tableReduce } from '../src/operators/table-reduce.js'
import type { Operator } from '../src/operators/operator.js'
import type { Aggregator, Reducer } from '../src/operators/fold.js'
import { long } from '../src/serde/index.js'
import { checkFunction } from './fluent.js'
import type { Graph } from './graph.js'
import type { Node, SerdeChoice, StatefulNode } from './nodes.js'
import { callSite } from './place.js'
import { addRepartition } from './repartition.js'
import { newStoreOptions, newValue, orElse, storeOptions, storeWish, type AnyStoreOptions } from './serdes.js'
import { Table } from './table.js'
import type { NewStoreOptions, StoreOptions } from './types.js'
import { makesNew } from './uses.js'

/** A table by another key, about to be aggregated. What leaves a group is subtracted, what enters it is added. */
export class GroupedTable<out K, out V> {
  declare readonly '~types': { readonly key: K; readonly value: V; readonly grouped: true }
  readonly '~graph': Graph
  readonly '~node': Node
  readonly #as: string | undefined

  constructor(graph: Graph, node: Node, as: string | undefined) {
    this['~graph'] = graph
    this['~node'] = node
    this.#as = as
    Object.freeze(this)
  }

  /** The number of rows per group. */
  count(options: StoreOptions<K, number> = {}): Table<K, number> {
    const line = callSite()
    checkKnown('count()', options, storeOptions, line)
    return this.#aggregate('count', options, { serde: long, why: 'count' }, store => tableCount({ store }), line)
  }

  /** Combines the rows of a group; `subtract` takes out what left it. */
  reduce(add: Reducer<K, V>, subtract: Reducer<K, V>, options: NewStoreOptions<K, V> = {}): Table<K, V> {
    const line = callSite()
    checkFunction(add, 'reduce()', line)
    checkFunction(subtract, 'reduce(add, subtract)', line)
    checkKnown('reduce()', options, newStoreOptions, line)
    const operator = (store: string) => tableReduce({ store, add, subtract })
    return this.#aggregate('reduce', options, this['~node'].value, operator, line)
  }

  /**
   * An aggregate per group: begins with `initial()`; `add` takes in what enters the group, `subtract` takes out what left.
   *
   * @example
   * orders.groupBy(order => [order.customer, order.price], { value: float64 })
   *   .aggregate(() => 0, (sum, price) => sum + price, (sum, price) => sum - price, { value: float64 })
   */
  aggregate<A>(
    initial: () => A,
    add: Aggregator<K, V, NoInfer<A>>,
    subtract: Aggregator<K, V, NoInfer<A>>,
    options: NewStoreOptions<K, A> = {},
  ): Table<K, A> {
    const line = callSite()
    checkFunction(initial, 'aggregate()', line)
    checkFunction(add, 'aggregate()', line)
    checkFunction(subtract, 'aggregate(initial, add, subtract)', line)
    checkKnown('aggregate()', options, newStoreOptions, line)
    const value = newValue('aggregate', line, this['~graph'].defaultValue)
    const operator = (store: string) => tableAggregate({ store, initial, add, subtract })
    return this.#aggregate('aggregate', options, value, operator, line)
  }

  #aggregate<A>(
    type: StatefulNode['type'],
    options: AnyStoreOptions,
    value: SerdeChoice,
    operator: (store: string) => Operator,
    line: string | undefined,
  ): Table<K, A> {
    const { '~graph': graph, '~node': node } = this
    const store = storeWish(type, options, node.key, value, line)
    const carried = type === 'reduce' ? orElse(node.value, store.value) : node.value
    const through = { key: node.key, value: carried, as: this.#as, carries: 'change' } as const
    const parent = addRepartition(graph, node, 'groupBy', through, line)
    return new Table(
      graph,
      graph.add({
        kind: 'stateful',
        type,
        parents: [parent],
        line,
        key: store.key,
        value: store.value,
        store,
        operator,
        uses: makesNew,
      }),
    )
  }
}
