import { json, sessionStore, store, string, versionedStore, windowStore, type Pipeline } from '../../dsl/index.js'
import type {
  ProcessorContext,
  ProcessorStore,
  ProcessorVersionedStore,
  ProcessorWindowStore,
  StoreHandle,
} from '../../src/processor.js'
import { predicate, reducer, str, tail, type Key } from './functions.js'
import type { Fn, OracleNode, Value } from './question.js'

// The same processors as in java/Processors.java, one by one.

/** A value that a store can keep. */
type Kept = Exclude<Value, null>

interface Logic {
  init?(): void
  process(value: Value, key: Key, record: { readonly timestamp: number }): void
}

/** Sends a record on; a processor that keeps the keys takes that of the record at hand. */
type Forward = (key: string | null, value: Value, timestamp: number) => void

type Context = Pick<ProcessorContext<any, any>, 'store' | 'schedule'>

const value = json<Kept>()

/** The stream behind a node that is a processor; by name where it has several outputs. */
export function processed(built: Pipeline, of: any, n: OracleNode): any {
  const stores = (n['stores'] as string[] | undefined) ?? storesOf(built, n)
  if (n.op === 'processValues') {
    return of.processValues(
      (context: any) => logic(n, context, (_, v, timestamp) => void context.forward(v, { timestamp })),
      { stores },
    )
  }
  if (n['outputs'] === undefined) {
    return of.process(
      (context: any) => logic(n, context, (key, v, timestamp) => void context.forward(key, v, { timestamp })),
      { stores },
    )
  }
  const p = predicate(n['outputs'] as Fn)
  const outputs = ['0', '1']
  const to = (key: Key, v: Value) => outputs[p(key, v) ? 0 : 1]
  const branches = of.process(
    (context: any) =>
      logic(n, context, (key, v, timestamp) => void context.forward(key, v, { timestamp, to: to(key, v) })),
    { stores, outputs },
  )
  return outputs.map(name => [name, branches[name]])
}

function storesOf(built: Pipeline, n: OracleNode): StoreHandle<any>[] {
  const { as: name, in: lies, kind } = n as unknown as { as: string; in?: 'memory'; kind: string }
  const { size, retention, history } = n as unknown as { size: number; retention: number; history: number }
  const how = lies === undefined ? {} : { in: lies }
  switch (kind) {
    case 'total':
    case 'flush':
      return [built.addStore(store(name, { key: string, value }), how)]
    case 'windows':
      return [built.addStore(windowStore(name, { key: string, value, size, retention }), how)]
    case 'sessions':
      return [built.addStore(sessionStore(name, { key: string, value, retention }), how)]
    case 'versions':
      return [built.addStore(versionedStore(name, { key: string, value, history }), how)]
  }
  return []
}

function logic(n: OracleNode, context: Context, forward: Forward): Logic {
  const {
    as: name,
    size,
    gap,
    back,
    shift,
  } = n as unknown as Record<'size' | 'gap' | 'back' | 'shift', number> & {
    as: string
  }
  switch (n['kind']) {
    case 'total':
      return total(context.store({ name }), reducer(n['r'] as Fn), forward)
    case 'flush':
      return flush(n, context, forward)
    case 'windows':
      return windows(context.store({ name }), size, reducer(n['r'] as Fn), forward)
    case 'sessions':
      return sessions(context.store({ name }), gap, reducer(n['r'] as Fn), forward)
    case 'versions':
      return versions(context.store({ name }), back, forward)
    case 'lookup':
      return lookup(context.store({ name: (n['stores'] as string[])[0]! }), forward)
    case 'stamp':
      return { process: (v, key, { timestamp }) => forward(key, v, timestamp + shift) }
  }
  throw new Error(`no processor ${JSON.stringify(n)}`)
}

type Reduce = (x: Value, y: Value) => Value

/** What there is and the value, by a reducer. */
function total(totals: ProcessorStore<string, Kept>, reduce: Reduce, forward: Forward): Logic {
  return {
    process(v, key, { timestamp }) {
      if (key === null) return
      const result = reduce(totals.get(key) ?? null, v)
      totals.put(key, result)
      forward(key, result, timestamp)
    },
  }
}

/** The value beside the row of a table. */
function lookup(rows: ProcessorStore<string, Kept>, forward: Forward): Logic {
  return {
    process(v, key, { timestamp }) {
      if (key === null) return
      const row = rows.get(key)
      forward(key, tail(`${str(v)}<${row === undefined ? 'none' : `${str(row)}@${rows.timestampOf(key)}`}`), timestamp)
    },
  }
}

/** Collects, and hands out what has come together whenever time has moved on. */
function flush(n: OracleNode, context: Context, forward: Forward): Logic {
  const kept: ProcessorStore<string, Kept> = context.store({ name: n['as'] as string })
  const reduce = reducer(n['r'] as Fn)
  return {
    init() {
      context.schedule(n['time'] as 'stream-time', n['interval'] as number, async now => {
        const keys: string[] = []
        for await (const [key, v] of kept.all()) {
          keys.push(key)
          forward(key, v, now)
        }
        if (n['drains'] === true) for (const key of keys) kept.delete(key)
      })
    },
    process(v, key) {
      if (key !== null) kept.put(key, reduce(kept.get(key) ?? null, v))
    },
  }
}

/** A value per window of one size, and what the store has of the key in the windows around it. */
function windows(kept: ProcessorWindowStore<string, Kept>, size: number, reduce: Reduce, forward: Forward): Logic {
  return {
    process(v, key, { timestamp }) {
      if (key === null) return
      const start = timestamp - (timestamp % size)
      const window = { key, start, end: start + size }
      kept.put(window, reduce(kept.get(window) ?? null, v))
      const seen = kept.fetch(key, Math.max(0, start - 2 * size), start + size)
      forward(key, tail(seen.map(([at, there]) => `${at.start}=${str(there)} `).join('')), timestamp)
    },
  }
}

/** Sessions that grow by what comes close to them. */
function sessions(kept: ProcessorWindowStore<string, Kept>, gap: number, reduce: Reduce, forward: Forward): Logic {
  return {
    process(v, key, { timestamp }) {
      if (key === null) return
      const met = kept.fetch(key, Math.max(0, timestamp - gap), timestamp + gap)
      const start = Math.min(timestamp, ...met.map(([session]) => session.start))
      const end = Math.max(timestamp, ...met.map(([session]) => session.end))
      const result = met.reduce((sum: Value, [, there]) => reduce(there, sum), v)
      for (const [session] of met) kept.delete(session)
      kept.put({ key, start, end }, result)
      const seen = met.map(([session]) => `${session.start}/${session.end} `).join('')
      forward(key, tail(`${seen}-> ${start}/${end}=${str(result)}`), timestamp)
    },
  }
}

/** What became of a version, what holds now, and what held a while ago. */
function versions(kept: ProcessorVersionedStore<string, Kept>, back: number, forward: Forward): Logic {
  return {
    process(v, key, { timestamp }) {
      if (key === null) return
      const what = kept.put(key, v)
      const now = kept.get(key)
      const shown = now === undefined ? 'none' : `${str(now)}@${kept.timestampOf(key)}`
      const then = kept.at(key, Math.max(0, timestamp - back))
      forward(key, `${what} ${shown} ${then === undefined ? 'none' : str(then)}`, timestamp)
    },
  }
}
