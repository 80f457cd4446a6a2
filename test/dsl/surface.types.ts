// Checked by the compiler alone: every line here must compile, and every line under @ts-expect-error must not.
import {
  avro,
  float64,
  int64,
  json,
  long,
  pipeline,
  store,
  string,
  topic,
  windowed,
  type AvroValue,
  type Serde,
  type Store,
  type StoreReader,
  type Stream,
  type StreamRecord,
  type Table,
} from '../../dsl/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<T extends true>(): T | undefined {
  return undefined
}

const jobSchema = {
  type: 'record',
  name: 'Job',
  fields: [
    { name: 'importId', type: 'string' },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['started', 'completed'] } },
    { name: 'previous', type: ['null', 'Status'], default: null },
    { name: 'children', type: { type: 'array', items: 'Job' } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'n', type: 'long' },
  ],
} as const
type Job = AvroValue<typeof jobSchema>
same<Equal<Job['status'], 'started' | 'completed'>>()
same<Equal<Job['previous'], 'started' | 'completed' | null>>()
same<Equal<Job['children'][0]['importId'], string>>()
same<Equal<Job['at'], Date>>()

const importSchema = { type: 'record', name: 'Import', fields: [{ name: 'total', type: 'long' }] } as const
const jobs = topic('jobs', { key: string, value: avro(jobSchema) })
const imports = topic('imports', { key: string, value: avro(importSchema) })
const finished = topic('finished-imports', { key: string, value: json<{ done: number; total: number }>() })
const completed = store('completed-jobs', { key: string, value: long })
const p = pipeline('import-tracker')

export function headline(): void {
  p.stream(jobs)
    .filter(job => job.status === 'completed')
    .groupBy(job => job.importId)
    .count({ as: completed })
    .join(p.table(imports), (done, imp) => ({ done, total: imp.total }))
    .toStream({ tombstones: false })
    .filter(each => each.done === each.total)
    .to(finished)
  // @ts-expect-error the enum has no such member
  p.stream(jobs).filter(job => job.status === 'complete')
}

const s = p.stream(jobs)
type E = { kind: 'a'; x: number } | { kind: 'b'; y: string }
const events = p.stream(topic('events', { key: string, value: json<E>() }))
const orders = p.stream(topic('orders', { key: string, value: json<{ id: string; n: number }>() }))

export function branches(): void {
  const merged = s
    .copy()
    .filter(job => job.n > 1)
    .shard({ by: job => job.importId })
    .merge()
  same<Equal<typeof merged, Stream<string, Job, 'keyed'>>>()
  const three = s.copy(3)
  const [first] = three
  first.filter(job => job.n)
  three[2].filter(job => job.n)
  // @ts-expect-error there are only three
  three[3].filter(() => true)
  const named = s.copy({ a: each => each.map(job => job.n), b: each => each.map(job => job.importId) })
  named.a.map(n => n.toFixed())
  named.b.map(id => id.trim())
  named
    .map(value => [value] as const)
    .merge()
    .map(value => value[0])
  named
    .merge()
    .filter(value => typeof value === 'number')
    .map(n => n.toFixed())
  const sizes = named.each((stream, name) => stream.map(() => name))
  sizes.a.map(name => name satisfies 'a' | 'b')
  named.shard({ by: value => String(value), shards: 4 }).a.join(p.table(imports), (n, imp) => n + imp.total)
  named.forEach((value, key) => void [value, key.length])
  const split = events.split({
    a: (e): e is Extract<E, { kind: 'a' }> => e.kind === 'a',
    b: e => e.kind === 'b',
  })
  split.a.map(e => e.x)
  split.rest.map(e => e.kind)
  split.b.map(e => e.y)
  const others = events.copy(2).filterNot((e): e is Extract<E, { kind: 'a' }> => e.kind === 'a')
  others.merge().map(e => e.y)
  const rows = p.table(topic('rows', { key: string, value: json<E>() }))
  rows.filterNot((e): e is Extract<E, { kind: 'a' }> => e.kind === 'a', { as: 'others' }).map(e => e.y)
  rows.filterNot(e => e.kind.length === 1).map(e => e.kind)
  // @ts-expect-error a has no y
  split.a.map(e => e.y)
  // @ts-expect-error the name is an operator
  events.split({ filter: () => true })
  // @ts-expect-error every splitter has a rest
  events.split({ rest: () => true })
  // @ts-expect-error the keys of the two differ
  s.merge(orders.selectKey(order => order.n))
  s.merge(orders).map(value => ('id' in value ? value.id : value.importId))
}

export function keys(): void {
  const table = p.table(imports)
  orders.join(table, (order, imp) => order.n + imp.total)
  orders.leftJoin(table, (order, imp) => order.n + (imp?.total ?? 0))
  // @ts-expect-error a left join may meet nothing
  orders.leftJoin(table, (order, imp) => order.n + imp.total)
  orders
    .selectKey(order => order.id)
    .repartition()
    .join(table, () => 1)
  // @ts-expect-error the key changed
  orders.selectKey(order => order.id).join(table, () => 1)
  // @ts-expect-error the key may have changed
  orders.mapRecord(record => record).join(table, () => 1)
  // @ts-expect-error one of the two is re-keyed
  orders.merge(orders.selectKey(order => order.id)).join(table, () => 1)
  orders
    .selectKey(order => order.n)
    .repartition({ key: long })
    // @ts-expect-error the types of the keys differ
    .join(table, () => 1)
  // @ts-expect-error keys that are not strings need a serde
  orders.selectKey(order => order.n).repartition()
  // @ts-expect-error keys that are not strings need a serde
  orders.selectKey(order => order.n).groupByKey()
  // @ts-expect-error keys that are not strings need a serde
  orders.selectKey(order => order.n).toTable()
  orders
    .selectKey(order => order.n)
    .groupByKey({ key: long })
    .count()
  orders
    .selectKey(order => order.id)
    .groupByKey()
    .count()
  s.groupBy(job => job.n, { key: long }).count()
  // @ts-expect-error keys that are not strings need a serde
  s.groupBy(job => job.n)
  // @ts-expect-error keys that are not strings need a serde
  s.shard({ by: job => job.n })
  s.shard({ by: job => job.n, key: long })
    .groupByKey()
    .count()
  const counted = s.groupByKey().count()
  same<Equal<typeof counted, Table<string, number>>>()
  const records = s.mapRecord(record => (record.value.n > 0 ? { ...record, key: 1 } : []))
  same<Equal<typeof records, Stream<number, Job, 'rekeyed'>>>()
  p.stream(/^job-/, { key: string, value: json<{ q: 1 }>() }).map(value => value.q)
  // @ts-expect-error the topics of a pattern may differ in their partitions
  p.stream(/^job-/, { key: string, value: json<{ q: 1 }>() }).join(table, () => 1)
  // @ts-expect-error a pattern names its serdes
  p.stream(/^job-/)
}

/** A function over any stream of jobs. */
export function active<K>(stream: Stream<K, Job>): Stream<K, Job> {
  return stream.filter(job => job.status === 'completed')
}
export function ofAny(): void {
  active(s)
    .repartition()
    .join(p.table(imports), (job, imp) => job.n + imp.total)
  // @ts-expect-error nothing says that it is partitioned by its key
  active(s).join(p.table(imports), () => 1)
}

export function serdes(): void {
  const counts = s.groupByKey().count().toStream()
  same<Equal<typeof counts, Stream<string, number | null, 'keyed'>>>()
  counts.to(topic('counts', { key: string, value: long }))
  // @ts-expect-error int64 is a bigint, a count is a number
  counts.to(topic('counts', { key: string, value: int64 }))
  // @ts-expect-error the keys are no windows
  counts.to(topic('counts', { key: windowed(string), value: long }))
  // @ts-expect-error total is missing
  orders.map(() => ({ done: 1 })).to(finished)
  orders.map(() => ({ done: 1, total: 2, extra: 1 })).to(finished)
  orders.to(order =>
    order.n > 1 ? topic('a', { key: string, value: json() }) : topic('b', { key: string, value: json() }),
  )
  orders.to(topic('o', { key: string, value: json<{ id: string; n: number }>() }), {
    partitioner: (key, value, partitions) => (key.length + value.n) % partitions,
  })
  const through = orders.through(topic('o', { key: string, value: json<{ id: string; n: number }>() }))
  same<Equal<typeof through, Stream<string, { id: string; n: number }, 'keyed'>>>()
  // @ts-expect-error the topic takes other values
  orders.through(topic('o', { key: string, value: long }))
  const placed = orders.through(topic('o', { key: string, value: json<{ id: string; n: number }>() }), {
    partitioner: (key, value, partitions) => (key.length + value.n) % partitions,
  })
  same<Equal<typeof placed, Stream<string, { id: string; n: number }, 'rekeyed'>>>()
  // @ts-expect-error equal keys may lie apart
  placed.join(placed.repartition(), order => order, { within: 5 })
  placed.repartition().join(placed.repartition(), order => order, { within: 5 })
}

export function nulls(): void {
  // @ts-expect-error a value may be null
  p.stream(jobs, { tombstones: true }).map(job => job.n)
  p.stream(jobs, { tombstones: true }).map(job => job?.n)
  p.stream(jobs, { tombstones: true }).map((_, key) => key.length)
  // @ts-expect-error a key may be null
  p.stream(jobs, { keyless: true }).map((_, key) => key.length)
  p.stream(jobs, { keyless: true })
    .groupByKey()
    .reduce((a, b, key) => (key.length > 1 ? a : b))
  p.stream(jobs, { tombstones: true })
    .groupByKey()
    .reduce((a, b) => (a.n > b.n ? a : b))
  p.stream(jobs, { from: '1h', timestamp: (job, key, record) => job.n + key.length + record.offset })
  p.stream(jobs, { from: Date.now() - 60_000 })
  // @ts-expect-error not a place to start
  p.stream(jobs, { from: 'yesterday' })
  const counts = s.groupByKey().count()
  // @ts-expect-error changes of a table may be deletions
  counts.toStream().map(n => n.toFixed())
  counts.toStream({ tombstones: false }).map(n => n.toFixed())
}

export function stores(): void {
  s.groupBy(job => job.importId).count({ as: completed })
  // @ts-expect-error the store holds other values
  s.groupBy(job => job.importId).count({ as: store('x', { key: string, value: string }) })
  // @ts-expect-error the store has other keys
  s.groupBy(job => job.n, { key: long }).count({ as: completed })
  s.groupBy(job => job.status).count({ as: completed })
  // @ts-expect-error not a place for state
  s.groupByKey().count({ as: 'x', in: 'cloud' })
  const numbers = { value: json<{ n: number }>() }
  const grouped = s.groupByKey()
  grouped.aggregate(
    // @ts-expect-error Date is no value of this serde
    () => new Date(0),
    d => d,
    numbers,
  )
}

export async function queries(): Promise<void> {
  await using app = await p.start({ log: undefined! })
  const value = await app.query(completed).get('import-7')
  value?.toFixed()
  same<Equal<typeof value, number | undefined>>()
  const reader = app.query('completed-jobs')
  same<Equal<typeof reader, StoreReader<unknown, unknown>>>()
  // @ts-expect-error the keys are strings
  await app.query(completed).get(7)
}

export function aggregates(): void {
  const list = s.groupByKey().aggregate(
    () => ({ n: 0, ids: [] as string[] }),
    (all, job) => ({ n: all.n + 1, ids: [...all.ids, job.importId] }),
  )
  same<Equal<typeof list, Table<string, { n: number; ids: string[] }>>>()
  s.groupByKey().aggregate(
    () => ({ n: 0 }),
    // @ts-expect-error an aggregator returns the aggregate
    (all, job) => ({ m: all.n + job.n }),
  )
  const table = p.table(imports)
  const byTotal = table
    .groupBy((row, key) => [key.slice(0, 1), row.total], { value: float64 })
    .reduce(
      (a, b) => a + b,
      (a, b) => a - b,
    )
  same<Equal<typeof byTotal, Table<string, number>>>()
  // @ts-expect-error keys that are not strings need a serde
  table.groupBy(row => [row.total, row])
  const joined = table.outerJoin(byTotal, (imp, sum) => (imp === null || sum === null ? null : imp.total + sum))
  same<Equal<typeof joined, Table<string, number>>>()
  // @ts-expect-error an outer join may miss either side
  table.outerJoin(byTotal, (imp, sum) => imp.total + sum)
  // @ts-expect-error a table is no stream
  table.to(imports)
  table
    .filter((row): row is { total: 7 } => row.total === 7)
    .map(row => row.total satisfies 7)
    .toStream()
}

export function lists(): void {
  p.stream([jobs, imports]).map(value => ('total' in value ? value.total : value.n))
  p.stream(jobs).peek((_value, _key, record) => void (record satisfies StreamRecord<string, Job>))
}

/** What has more is taken where less is asked for, and never the other way round. */
export function variance(wide: Table<string, { a: number }>, narrow: Table<string, { a: number; b: number }>): void {
  const stream = narrow.toStream({ tombstones: false })
  wide = narrow
  same<Equal<typeof wide, Table<string, { a: number }>>>()
  const less: Stream<string, { a: number }> = stream
  const orNull: Stream<string, { a: number } | null, 'keyed'> = stream
  // @ts-expect-error b is missing
  const more: Stream<string, { a: number; b: number }> = less
  // @ts-expect-error it may be re-keyed
  const keyed: Stream<string, { a: number }, 'keyed'> = less
  // @ts-expect-error it may be null
  const present: Stream<string, { a: number }> = orNull
  const any: Table<unknown, unknown> = wide
  void [more, keyed, present, any]
}

export const handle: Store<string, number> = completed
export const inline: Serde<{ a: number }> = avro({ type: 'record', name: 'X', fields: [{ name: 'a', type: 'int' }] })
