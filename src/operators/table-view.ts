import { bind, plain, type Callback } from './callback.js'
import type { OperatorContext } from './operator.js'

/**
 * Where a join finds the rows of a table: in the store of that name, or in one computed at each look-up, so that
 * `table.filter(…)` and `table.map(…)` need no store of their own to be joined.
 */
export type TableView =
  | string
  | { readonly of: TableView; readonly filter: Callback<any, any, unknown>; readonly not: boolean }
  | { readonly of: TableView; readonly map: Callback<any, any, unknown> }

/** Rows by key. `timestamp` is that of the last row answered, -1 where there was none. */
export interface Rows<K, V> {
  get(key: K): V | undefined
  /** The row as it was at a time; only of versioned tables. */
  readonly at?: ((key: K, time: number) => V | undefined) | undefined
  /** Whether the last `at` asked for what lies further back than the history. */
  readonly beyond?: boolean | undefined
  readonly timestamp: number
}

/** The store at the bottom of a view: what the node that looks into it must declare. */
export function storeOf(view: TableView): string {
  return typeof view === 'string' ? view : storeOf(view.of)
}

/** `get` reads the present rows, `told` those that downstream has been told of. */
export function openTable<K, V>(view: TableView, context: OperatorContext, read: 'get' | 'told'): Rows<K, V> {
  if (typeof view !== 'string') return new ComputedRows(openTable<K, any>(view.of, context, read), rowOf(view, context))
  const store = context.store<K, V>(view)
  if (read === 'get') return store
  return {
    get: key => store.told(key),
    get timestamp() {
      return store.timestamp
    },
  }
}

type Row = (value: any, key: any, timestamp: number) => any

function rowOf(view: Exclude<TableView, string>, context: OperatorContext): Row {
  if ('map' in view) {
    const map = bind(view.map, context)
    return (value, key, timestamp) => plain(map(value, key, timestamp))
  }
  const accepts = bind(view.filter, context)
  return (value, key, timestamp) => (Boolean(plain(accepts(value, key, timestamp))) === view.not ? undefined : value)
}

class ComputedRows<K, V> implements Rows<K, V> {
  readonly #rows: Rows<K, any>
  readonly #row: Row
  readonly at: ((key: K, time: number) => V | undefined) | undefined
  timestamp = -1

  constructor(rows: Rows<K, any>, row: Row) {
    this.#rows = rows
    this.#row = row
    this.at = rows.at && ((key, time) => this.#answer(rows.at!(key, time), key))
  }

  get beyond(): boolean | undefined {
    return this.#rows.beyond
  }

  get(key: K): V | undefined {
    return this.#answer(this.#rows.get(key), key)
  }

  #answer(value: unknown, key: K): V | undefined {
    const row = value === undefined ? undefined : this.#compute(value, key)
    this.timestamp = row === undefined ? -1 : this.#rows.timestamp
    return row
  }

  /** A row that the callback cannot work on is absent; the operator itself has reported it when the change came. */
  #compute(value: unknown, key: K): V | undefined {
    try {
      return this.#row(value, key, this.#rows.timestamp) ?? undefined
    } catch {
      return undefined
    }
  }
}
