import { SluiceError } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import { aggregateFold, aggregateMerge, type Aggregator, type Merger } from '../src/operators/fold.js'
import { foldSide } from '../src/operators/fold-side.js'
import {
  openFor,
  type SessionWindows,
  type SlidingWindows,
  type TimeWindows,
  type Windows,
} from '../src/operators/windows/definitions.js'
import type { WindowKey } from '../src/serde/windowed.js'
import { checkFunction, checkSame } from './fluent.js'
import type { Graph } from './graph.js'
import { groupedInput, groupedKey, type GroupedInput } from './grouped-input.js'
import type { CogroupNode } from './nodes.js'
import { callSite } from './place.js'
import { common, newStoreOptions, newValue, storeWish, type AnyStoreOptions } from './serdes.js'
import { Table } from './table.js'
import type { MeetingKeys, NewStoreOptions } from './types.js'
import { windowOperator } from './window-aggregate.js'
import {
  checkWindows,
  windowStoreWish,
  windowWish,
  type AnyWindowOptions,
  type NewWindowOptions,
} from './window-store.js'

/** What a cogrouped aggregate over windows takes. */
export type CogroupedOptions<K, A> = Omit<NewWindowOptions<K, A>, 'emit'>

/** A grouped stream of keys `K` and values `V`, as far as `cogroup` looks at it. */
export interface Cogroupable<out K, out V> extends GroupedInput {
  readonly '~types': { readonly key: K; readonly value: V }
}

const known: KnownOptions<CogroupedOptions<any, any>> = { ...newStoreOptions, retention: true }
const knownSessions: KnownOptions<CogroupedOptions<any, any> & { readonly merger: unknown }> = {
  ...known,
  merger: true,
}

interface Part {
  readonly grouped: GroupedInput
  readonly add: Aggregator<any, any, any>
}

/** Several grouped streams about to become one aggregate. Each record of each of them updates it. */
export class Cogrouped<out K, A> {
  readonly #graph: Graph
  readonly #parts: readonly Part[]

  constructor(graph: Graph, parts: readonly Part[]) {
    this.#graph = graph
    this.#parts = parts
    Object.freeze(this)
  }

  /** One more stream, and how its values are worked in. */
  cogroup<K2, V>(other: Cogroupable<K2, V> & MeetingKeys<K, K2>, add: Aggregator<K2, V, A>): Cogrouped<K | K2, A> {
    const line = callSite()
    const grouped: GroupedInput = other
    checkSame(this.#graph, grouped, 'cogroup()', line)
    if (grouped['~options'] === undefined) {
      throw new SluiceError('BAD_ARGUMENT', 'cogroup() needs a grouped stream', {
        place: { line },
        hint: 'group it first: .cogroup(stream.groupByKey(), …)',
      })
    }
    checkFunction(add, 'cogroup()', line)
    for (const part of [this, grouped]) this.#graph.goOn(part)
    return this.#graph.begin(new Cogrouped(this.#graph, [...this.#parts, { grouped, add }]), 'cogroup', line)
  }

  /** The aggregate per key: begins with `initial()`; null deletes. See `Grouped.cogroup` for an example. */
  aggregate(initial: () => A, options: NewStoreOptions<K, A> = {}): Table<K, A> {
    const line = callSite()
    checkKnown('aggregate()', options, newStoreOptions, line)
    this.#graph.goOn(this)
    return new Table(this.#graph, addCogroup(this.#graph, this.#parts, { initial, options }, line))
  }

  /**
   * By windows of time as well.
   *
   * @example
   * orders.groupByKey().cogroup((sum: number, order) => sum + order.price)
   *   .windowedBy(tumbling('1d'))
   *   .aggregate(() => 0, { value: float64 })
   */
  windowedBy(windows: TimeWindows | SlidingWindows): CogroupedWindows<K, A>
  windowedBy(windows: SessionWindows): CogroupedSessions<K, A>
  windowedBy(windows: Windows): CogroupedWindows<K, A> | CogroupedSessions<K, A> {
    const line = callSite()
    checkWindows(windows, 'windowedBy()', line)
    const graph = this.#graph
    graph.goOn(this)
    const windowed = {
      aggregate: (initial: () => A, given?: AnyWindowOptions & { readonly merger?: Merger<K, A> }) => {
        const at = callSite()
        checkKnown('aggregate()', given, windows.kind === 'session' ? knownSessions : known, at)
        graph.goOn(windowed)
        const options: NonNullable<typeof given> = given ?? {}
        if (windows.kind === 'session') checkFunction(options.merger, 'aggregate(…, { merger }) of sessions', at)
        const { merger } = options
        return new Table<any, any>(graph, addCogroup(graph, this.#parts, { initial, options, windows, merger }, at))
      },
    }
    return graph.begin(windowed, 'windowedBy', line)
  }
}

/**
 * Cogrouped streams by windows. Each stream has a time of its own; windows are kept for a day behind the latest one, or as
 * `retention` says, so that a stream may lag behind the others. Every change is told: what is final comes from `suppress`.
 */
export interface CogroupedWindows<out K, A> {
  aggregate(initial: () => A, options?: CogroupedOptions<K, A>): Table<WindowKey<K>, A>
}

/** Cogrouped streams by sessions. */
export interface CogroupedSessions<out K, A> {
  aggregate(
    initial: () => A,
    options: CogroupedOptions<K, A> & { readonly merger: Merger<K, A> },
  ): Table<WindowKey<K>, A>
}

const lag = 86_400_000

function addCogroup(
  graph: Graph,
  parts: readonly Part[],
  how: {
    readonly initial: () => unknown
    readonly options: AnyStoreOptions & AnyWindowOptions
    readonly windows?: Windows
    readonly merger?: Merger<any, any> | undefined
  },
  line: string | undefined,
): CogroupNode {
  const { initial, options, windows, merger } = how
  checkFunction(initial, 'aggregate()', line)
  const keys = parts.map(({ grouped }) => groupedKey(grouped))
  const plainKey = common(keys, 'keys', 'cogroup()')
  // Each stream has a time of its own, so one that lags behind needs windows that are old for the others.
  const retention = options.retention ?? (windows && Math.max(lag, openFor(windows)))
  const kept = retention === undefined || retention === Number.POSITIVE_INFINITY ? {} : { retention }
  const wish = windows && windowWish('aggregate', windows, kept, plainKey, line)
  const value = newValue('cogroup', line, graph.defaultValue)
  const store = (windows === undefined ? storeWish : windowStoreWish)('cogroup', options, plainKey, value, line)
  const merge = merger && aggregateMerge(initial, merger)
  return graph.add({
    kind: 'cogroup',
    type: 'cogroup',
    parents: parts.map(({ grouped }) => groupedInput(grouped, line)),
    line,
    key: store.key,
    value: store.value,
    store,
    windows: wish,
    side: (name, side) => {
      const fold = aggregateFold(initial, parts[side]!.add)
      if (windows === undefined) return foldSide({ store: name, fold })
      return windowOperator(windows, { store: name, fold, emit: 'update', side }, merge)
    },
  })
}
