// Checked by the compiler alone: every line here must compile, and every line under @ts-expect-error must not.
import {
  float64,
  int32,
  json,
  long,
  pipeline,
  session,
  sliding,
  store,
  string,
  topic,
  tumbling,
  unlimited,
  windowed,
  type Running,
  type Stream,
  type Table,
  type WindowKey,
} from '../../dsl/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<T extends true>(): T | undefined {
  return undefined
}

const p = pipeline('types', { value: json() })
const orders = topic('orders', { key: string, value: json<{ price: number }>() })
const refunds = topic('refunds', { key: string, value: json<{ amount: number }>() })
const byNumber = topic('by-number', { key: int32, value: string })
const grouped = p.stream(orders).groupByKey()
const minutes = grouped.windowedBy(tumbling('1m', { grace: '10s' }))

// Keys are windows, counts are numbers, values are the stream's.
const counted = minutes.count({ emit: 'final' })
same<Equal<typeof counted, Table<WindowKey<string>, number>>>()
const reduced = minutes.reduce((a, b) => (a.price > b.price ? a : b))
same<Equal<typeof reduced, Table<WindowKey<string>, { price: number }>>>()
const sums = minutes.aggregate(
  () => 0,
  (sum, { price }) => sum + price,
  { value: float64 },
)
same<Equal<typeof sums, Table<WindowKey<string>, number>>>()
const late = minutes.late()
same<Equal<typeof late, Stream<string, { price: number }, 'keyed'>>>()
counted.toStream().to(topic('out', { key: windowed(string), value: long }))
// @ts-expect-error the keys are windows of texts
counted.toStream().to(topic('out', { key: string, value: long }))
// @ts-expect-error the keys are windows of texts, not of numbers
minutes.count({ as: store('counts', { key: windowed(int32), value: long }) })
minutes.count({ as: store('counts', { key: windowed(string), value: long }) })
// @ts-expect-error there is no such emit
minutes.count({ emit: 'once' })
minutes.aggregate(
  () => 0,
  // @ts-expect-error an aggregate keeps its type
  sum => String(sum),
)
// @ts-expect-error a windowed stream is not windowed again
minutes.windowedBy(tumbling(1))

// Sessions need a merger.
const sessions = p.stream(byNumber).groupByKey().windowedBy(session('30m'))
const texts = sessions.aggregate(
  () => '',
  (text, value) => text + value,
  { merger: (a, b) => a + b, value: string },
)
same<Equal<typeof texts, Table<WindowKey<number>, string>>>()
sessions.aggregate(
  () => '',
  (text, value) => text + value,
  // @ts-expect-error the merger is missing
  { value: string },
)
minutes.aggregate(
  () => 0,
  sum => sum,
  // @ts-expect-error other windows have none
  { merger: (a: number, b: number) => a + b },
)
// @ts-expect-error a gap is a duration
session('30 minutes')

// A windowed table is a table.
const held = counted.filter(count => count > 1).suppress({ until: 'window-closes', buffer: { maxRecords: 1000 } })
same<Equal<typeof held, Table<WindowKey<string>, number>>>()
counted.join(sums, (count, sum) => sum / count)
// @ts-expect-error the keys differ
counted.join(texts, count => count)
counted.groupBy((count, { key }) => [key, count]).count()
// @ts-expect-error rows without windows never close
grouped.count().suppress({ until: 'window-closes' })
grouped.count().suppress({ until: '5m' })
// @ts-expect-error a buffer that is full stops or emits
counted.suppress({ until: '5m', buffer: { whenFull: 'drop' } })
grouped.windowedBy(sliding('1m')).count()
grouped.windowedBy(unlimited({ start: new Date(0) })).count()

// One aggregate of several streams of one kind of keys.
const both = grouped
  .cogroup((sum: number, { price }) => sum + price)
  .cogroup(p.stream(refunds).groupByKey(), (sum, { amount }) => sum - amount)
same<Equal<ReturnType<typeof both.aggregate>, Table<string, number>>>()
both.windowedBy(tumbling('1d')).aggregate(() => 0, { retention: '7d' })
both.windowedBy(session('1d')).aggregate(() => 0, { merger: (a, b) => a + b })
// @ts-expect-error sessions need a merger
both.windowedBy(session('1d')).aggregate(() => 0, {})
// @ts-expect-error every change is told
both.windowedBy(tumbling('1d')).aggregate(() => 0, { emit: 'final' })
// @ts-expect-error the aggregate is a number
both.aggregate(() => '')
// @ts-expect-error other keys
grouped.cogroup((sum: number) => sum).cogroup(p.stream(byNumber).groupByKey(), sum => sum)

// Queries know the key of their windows.
export async function queries(app: Running): Promise<void> {
  const perMinute = store('per-minute', { key: windowed(string), value: long })
  for await (const [{ key, start }, count] of app.query(perMinute).fetch('a', 0, new Date())) {
    same<Equal<typeof key, string>>()
    same<Equal<typeof start, number>>()
    same<Equal<typeof count, number>>()
  }
  // @ts-expect-error the keys are texts
  app.query(perMinute).fetch(1)
  // @ts-expect-error these keys are no windows
  app.query(store('plain', { key: string, value: long })).fetch('a')
}
