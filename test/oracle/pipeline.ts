import {
  hopping,
  json,
  pipeline,
  session,
  sliding,
  string,
  topic,
  tumbling,
  unlimited,
  type Pipeline,
  type Topic,
  type WindowKey,
} from '../../dsl/index.js'
import { flatMapper, joiner, mapper, predicate, reducer, selector, time, type Key } from './functions.js'
import { processed } from './processors.js'
import type { Fn, OracleNode, Value } from './question.js'

const value = json<Exclude<Value, null>>()

/** A topic as the pipelines below read and write it. */
export function valueTopic(name: string): Topic<string, Exclude<Value, null>> {
  let made = topics.get(name)
  if (made === undefined) topics.set(name, (made = topic(name, { key: string, value })))
  return made
}
const topics = new Map<string, Topic<string, Exclude<Value, null>>>()

/**
 * The pipeline of a description, as java/Graph.java builds it for Kafka Streams. The types of a chain that is only known
 * at run time cannot be told, so the nodes are `any`.
 */
export function buildPipeline(nodes: readonly OracleNode[]): Pipeline {
  // What Kafka Streams drops (a null key where one is needed) would stop a pipeline by default.
  const built = pipeline('oracle', { value, onError: 'skip' })
  const known = new Map<string, any>()
  const byId = new Map(nodes.map(node => [node.id, node]))
  const find = (id: unknown): any => {
    const found = known.get(id as string)
    if (found === undefined) throw new Error(`no node ${String(id)}`)
    return found
  }
  for (const node of nodes) {
    const result = build(built, node, find, windowsAbove(node, byId))
    if (node.op === 'split' || node['outputs'] !== undefined) {
      for (const [name, branch] of result) known.set(`${node.id}.${name}`, branch)
    } else known.set(node.id, result)
  }
  return built
}

const everything = { tombstones: true, keyless: true } as const

function streamOf(built: Pipeline, n: OracleNode): any {
  const timestamp = n['time'] === undefined ? undefined : time(n['time'] as Fn)
  const options = timestamp === undefined ? everything : { ...everything, timestamp: (v: Value) => timestamp(v) }
  if (n['pattern'] !== undefined)
    return built.stream(new RegExp(n['pattern'] as string), { key: string, value, ...options })
  if (n['topic'] !== undefined) return built.stream(valueTopic(n['topic'] as string), options)
  return built.stream((n['topics'] as string[]).map(valueTopic), options)
}

/** A topic, or the one of two that a predicate chooses for each record. */
function target(n: OracleNode): any {
  if (n['topic'] !== undefined) return valueTopic(n['topic'] as string)
  const p = predicate(n['p'] as Fn)
  const [first, second] = (n['topics'] as string[]).map(valueTopic)
  return (v: Value, key: Key) => (p(key, v) ? first : second)
}

/** The windows that a node counts or aggregates over, and whether those of several streams. */
function windowsAbove(node: OracleNode, nodes: ReadonlyMap<string, OracleNode>): OracleNode | undefined {
  const above = nodes.get(node.of!)
  return above?.op === 'window' ? { ...above, shared: nodes.get(above.of!)?.op === 'cogroup' } : undefined
}

function build(built: Pipeline, n: OracleNode, find: (id: unknown) => any, over: OracleNode | undefined): any {
  const named = n['as'] === undefined ? {} : storeOptions(n, over)
  switch (n.op) {
    case 'stream':
      return streamOf(built, n)
    case 'table':
      return built.table(
        valueTopic(n['topic'] as string),
        n['history'] === undefined ? named : { ...named, history: n['history'] as number },
      )
    case 'globalTable':
      return built.globalTable(valueTopic(n['topic'] as string), named)
  }
  const of = find(n.of)
  const p = n['p'] === undefined ? undefined : predicate(n['p'] as Fn)
  const f = n['f'] === undefined ? undefined : (n['f'] as Fn)
  const k = n['k'] === undefined ? undefined : selector(n['k'] as Fn)
  const isTable = 'toStream' in of
  switch (n.op) {
    case 'filter':
    case 'filterNot':
      return of[n.op]((v: Value, key: RowKey) => p!(keyText(key), v), ...(isTable ? [named] : []))
    case 'map': {
      const map = mapper(f!)
      return of.map((v: Value, key: RowKey) => map(keyText(key), v), ...(isTable ? [named] : []))
    }
    case 'flatMap': {
      const map = flatMapper(f!)
      return of.flatMap((v: Value, key: Key) => map(key, v))
    }
    case 'selectKey':
      return of.selectKey((v: Value, key: Key) => k!(key, v))
    case 'mapRecord': {
      const map = mapper(f!)
      return of.mapRecord((r: { key: Key; value: Value }) => ({ key: k!(r.key, r.value), value: map(r.key, r.value) }))
    }
    case 'flatMapRecord': {
      const copies = flatMapper(f!)
      return of.mapRecord((r: { key: Key; value: Value }) =>
        copies(r.key, r.value).map(copy => ({ key: k!(r.key, copy), value: copy })),
      )
    }
    case 'peek':
      return of.peek(() => undefined)
    case 'process':
    case 'processValues':
      return processed(built, of, n)
    case 'dedupe': {
      const by = selector(n['by'] as Fn)
      return of.dedupe({ by: (v: Value, key: Key) => by(key, v), within: n['within'], grace: n['grace'], ...named })
    }
    case 'late':
      return of.groupByKey().windowedBy(windowsOf(n)).late({ as: n['as'] })
    case 'merge':
      return of.merge(find(n['with']), ...((n['more'] ?? []) as string[]).map(find))
    case 'split': {
      const tests = (n['ps'] as Fn[]).map(predicate)
      const branches = Object.fromEntries(tests.map((test, i) => [String(i), (v: Value, key: Key) => test(key, v)]))
      const split = of.split(branches)
      return [...tests.map((_, i) => String(i)), 'rest'].map(name => [name, split[name]])
    }
    case 'repartition':
      return of.repartition(named)
    case 'groupByKey':
      return of.groupByKey(named)
    case 'groupBy': {
      if (!isTable) return of.groupBy((v: Value, key: Key) => k!(key, v), named)
      const map = f === undefined ? undefined : mapper(f)
      return of.groupBy((v: Value, key: RowKey) => [k!(keyText(key), v), map === undefined ? v : map(keyText(key), v)])
    }
    case 'window':
      return of.windowedBy(windowsOf(n))
    case 'cogroup': {
      const others = n['others'] as readonly { readonly of: string; readonly add: Fn }[]
      const first = of.cogroup(adder(n['add'] as Fn))
      return others.reduce((group, other) => group.cogroup(find(other.of), adder(other.add)), first)
    }
    case 'suppress': {
      const maxRecords = n['records'] as number | undefined
      const buffer = maxRecords === undefined ? {} : { buffer: { maxRecords, whenFull: n['full'] ?? 'emit' } }
      return of.suppress({ until: n['until'] === 'limit' ? n['limit'] : n['until'], as: n['name'], ...buffer })
    }
    case 'toTable':
      return of.toTable(named)
    case 'toStream':
      return stream(of, n)
    case 'to':
      return (isTable ? stream(of, n) : of).to(target(n))
    case 'count':
      return of.count(named)
    case 'reduce': {
      const add = reducer(n['r'] as Fn)
      return n['subtract'] === undefined ? of.reduce(add, named) : of.reduce(add, reducer(n['subtract'] as Fn), named)
    }
    case 'aggregate': {
      const initial = () => n['init'] as Value
      if (n['add'] === undefined) return of.aggregate(initial, named)
      const add = reducer(n['add'] as Fn)
      if (n['subtract'] === undefined) return of.aggregate(initial, add, named)
      return of.aggregate(initial, add, reducer(n['subtract'] as Fn), named)
    }
    case 'join': {
      const join = joiner(n['joiner'] as Fn)
      const method = joins[(n['kind'] ?? 'inner') as keyof typeof joins]
      const other = find(n['with'])
      // Kafka Streams hands no key to the joiner of tables.
      if (isTable) {
        const on = n['on'] === undefined ? undefined : selector(n['on'] as Fn)
        const options = on === undefined ? named : { ...named, on: (v: Value) => on(null, v) }
        return of[method](other, (x: Value, y: Value) => join(null, x, y), options)
      }
      const combine = (x: Value, y: Value, key: Key): Value => join(key, x, y)
      if (n['on'] !== undefined) {
        const on = selector(n['on'] as Fn)
        return of[method](other, combine, { on: (v: Value, key: Key) => on(key, v) })
      }
      if ('toStream' in other) {
        return n['grace'] === undefined
          ? of[method](other, combine)
          : of[method](other, combine, { grace: n['grace'], as: n['name'] })
      }
      const { before, after, grace, name } = n
      return of[method](other, combine, { before, after, grace, as: name })
    }
  }
  throw new Error(`no operator ${n.op}`)
}

const joins = { inner: 'join', left: 'leftJoin', outer: 'outerJoin' } as const

/** Kafka Streams keeps windows for a day in the oracle, and sessions of one stream as long as they are open. */
function storeOptions(n: OracleNode, over: OracleNode | undefined): object {
  const kept = { as: n['as'] as string, ...(n['in'] === undefined ? {} : { in: n['in'] as 'memory' }) }
  if (over === undefined) return kept
  const isByDefault =
    over['kind'] === 'unlimited' ||
    n['retention'] === 'default' ||
    (over['kind'] === 'session' && over['shared'] !== true)
  const retention = isByDefault ? {} : { retention: '1d' }
  const merger = n['merge'] === undefined || n.op !== 'aggregate' ? {} : { merger: reducer(n['merge'] as Fn) }
  return { ...kept, ...retention, ...merger, ...(over['emit'] === undefined ? {} : { emit: over['emit'] }) }
}

function windowsOf(n: OracleNode): any {
  const { kind, size, step, grace } = n as unknown as { kind: string; size: number; step: number; grace: number }
  switch (kind) {
    case 'tumbling':
      return tumbling(size, { grace })
    case 'hopping':
      return hopping(size, step, { grace })
    case 'sliding':
      return sliding(size, { grace })
    case 'session':
      return session(size, { grace })
    case 'unlimited':
      return unlimited()
  }
  throw new Error(`no windows ${kind}`)
}

function adder(f: Fn): (sum: Value, v: Value) => Value {
  return reducer(f)
}

type RowKey = Key | WindowKey<string>

/** What reads 2^63-1 in Kafka Streams. */
const noEnd = Number.MAX_SAFE_INTEGER

/** A key as text, with its window where it has one: `key@start/end`. */
export function keyText(key: RowKey): Key {
  if (key === null || typeof key === 'string') return key
  return `${key.key}@${key.start}/${key.end === noEnd ? '9223372036854775807' : key.end}`
}

/** The serde of a count is not that of the other values, which matters to a merge. */
function stream(table: any, n: OracleNode): any {
  const records = n['tombstones'] === false ? table.toStream({ tombstones: false }) : table.toStream()
  const plain = records.map((v: Value) => v)
  return isWindowed(table) ? plain.selectKey((_: Value, key: RowKey) => keyText(key)) : plain
}

function isWindowed(table: any): boolean {
  return String(table['~node'].key.serde?.name).startsWith('windowed(')
}
