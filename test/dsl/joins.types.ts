// Checked by the compiler alone: every line here must compile, and every line under @ts-expect-error must not.
import { json, long, pipeline, string, topic, type GlobalTable, type Stream, type Table } from '../../dsl/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<T extends true>(): T | undefined {
  return undefined
}

type Order = { customer: number; price: number }
type Payment = { amount: number }
type Customer = { city: string }
const orders = topic('orders', { key: string, value: json<Order>() })
const payments = topic('payments', { key: string, value: json<Payment>() })
const customers = topic('customers', { key: long, value: json<Customer>() })
const totals = topic('totals', { key: string, value: json<{ total: number }>() })
const p = pipeline('p', { value: json() })
const o = p.stream(orders)
const pay = p.stream(payments)
const total = p.table(totals, { history: '1h' })
const byNumber = p.table(customers)
const everywhere = p.globalTable(customers, { as: 'customers' })

export function streams(): void {
  const inner = o.join(pay, (order, payment, key) => `${key}${order.price - payment.amount}`, { within: '5m' })
  same<Equal<typeof inner, Stream<string, string, 'keyed'>>>()
  const left = o.leftJoin(pay, (order, payment) => order.price - (payment?.amount ?? 0), { before: '1m', after: '5m' })
  same<Equal<typeof left, Stream<string, number, 'keyed'>>>()
  const outer = o.outerJoin(pay, (order, payment) => order?.price ?? payment?.amount, {
    after: 5,
    grace: '1s',
    as: 'x',
  })
  same<Equal<typeof outer, Stream<string, number | undefined, 'keyed'>>>()
  o.join(o, (a, b) => a.price - b.price, {
    within: 5,
    thisValue: json<Order>(),
    otherValue: json<Order>(),
    in: 'memory',
  })
  o.join(pay, (order, payment) => ({ order, payment }), { within: 5 })
    .join(o, (both, again) => both.payment.amount + again.price, { within: 5 })
    .to(topic('n', { key: string, value: long }))

  // @ts-expect-error it has to know which records meet
  o.join(pay, order => order)
  // @ts-expect-error either within, or before and after
  o.join(pay, order => order, { within: 5, before: 5 })
  // @ts-expect-error a grace alone says nothing
  o.join(pay, order => order, { grace: 5 })
  // @ts-expect-error a partner may be missing in a left join
  o.leftJoin(pay, (order, payment) => order.price - payment.amount, { within: 5 })
  // @ts-expect-error either may be missing in an outer join
  o.outerJoin(pay, order => order.price, { within: 5 })
  // @ts-expect-error the keys are of another type
  o.join(p.stream(customers), order => order, { within: 5 })
  // @ts-expect-error a re-keyed stream has to be repartitioned first
  o.selectKey(order => String(order.customer)).join(pay, order => order, { within: 5 })
  o.selectKey(order => String(order.customer))
    .repartition()
    .join(pay, order => order, { within: 5 })
  const rekeyed = pay.selectKey(() => 'x')
  // @ts-expect-error so has a re-keyed partner
  o.join(rekeyed, order => order, { within: 5 })
  const wrong = { within: 5, otherValue: json<Order>() } as const
  // @ts-expect-error the serde writes other values
  o.join(pay, order => order, wrong)
}

export function nulls(): void {
  const keyless = p.stream(orders, { keyless: true, tombstones: true })
  const left = keyless.leftJoin(pay, (order, _payment, key) => [order.price, key] as const, { within: 5 })
  same<Equal<typeof left, Stream<string | null, readonly [number, string | null], 'keyed'>>>()
  const inner = keyless.join(pay, (_order, _payment, key) => key, { within: 5 })
  same<Equal<typeof inner, Stream<string, string, 'keyed'>>>()
  const outer = pay.outerJoin(keyless, (_payment, _order, key) => key, { within: 5 })
  same<Equal<typeof outer, Stream<string | null, string | null, 'keyed'>>>()
}

export function tables(): void {
  const joined = o.join(total, (order, row) => order.price / row.total, { grace: '1m', as: 'waits' })
  same<Equal<typeof joined, Stream<string, number, 'keyed'>>>()
  o.leftJoin(total, (order, row) => row?.total ?? order.price)
  // @ts-expect-error the keys are of another type
  o.join(byNumber, order => order)
  // @ts-expect-error a stream has no outer join with a table
  o.outerJoin(total, order => order, { within: 5 })
  // @ts-expect-error not a duration
  p.table(totals, { history: 'long' })
}

export function globals(): void {
  same<Equal<typeof everywhere, GlobalTable<number, Customer>>>()
  const inner = o.join(everywhere, (order, customer) => `${order.price}${customer.city}`, {
    on: order => order.customer,
  })
  same<Equal<typeof inner, Stream<string, string, 'keyed'>>>()
  // A look-up in a full copy needs no partitioning, and changes none.
  const rekeyed = o
    .selectKey(() => 7)
    .leftJoin(everywhere, (_order, customer) => customer?.city, { on: (_, key) => key })
  same<Equal<typeof rekeyed, Stream<number, string | undefined, 'rekeyed'>>>()
  o.join(everywhere, order => order, { on: order => (order.price > 5 ? order.customer : null) })
  // @ts-expect-error it has to know which row is meant
  o.join(everywhere, order => order)
  // @ts-expect-error the keys are numbers
  o.join(everywhere, order => order, { on: (_, key) => key })
  // @ts-expect-error a row may be missing in a left join
  o.leftJoin(everywhere, (_, customer) => customer.city, { on: order => order.customer })
  // @ts-expect-error a global table has no operators of its own
  everywhere.filter(() => true)
}

export function foreignKeys(): void {
  const table = p.table(orders)
  const joined = table.join(byNumber, (order, customer) => ({ ...order, ...customer }), { on: order => order.customer })
  same<Equal<typeof joined, Table<string, { city: string; customer: number; price: number }>>>()
  const left = table.leftJoin(byNumber, (_order, customer, key) => [key, customer?.city ?? ''] as const, {
    on: (order, key) => (key === '' ? null : order.customer),
    as: 'with-city',
  })
  same<Equal<typeof left, Table<string, readonly [string, string]>>>()
  // Both tables have keys of one type: what tells the two joins apart is `on` alone.
  const twin = p.table(topic('twins', { key: string, value: orders.value }))
  table.join(twin, (order, other) => order.price + other.price, { on: order => `${order.price}`, as: 'sums' })
  table.leftJoin(twin, (order, other) => other?.price ?? 0, { on: (order, key) => key, value: json<number>() })
  table.join(twin, (order, other) => order.price + other.price, { as: 'pairs' })
  // @ts-expect-error the keys of the other table are numbers
  table.join(byNumber, order => order, { on: (_, key) => key })
  // @ts-expect-error tables of other keys meet by a foreign key only
  table.join(byNumber, order => order)
  // @ts-expect-error a row may be missing in a left join
  table.leftJoin(byNumber, (_, customer) => customer.city, { on: order => order.customer })
  // @ts-expect-error there is no outer join by a foreign key
  table.outerJoin(byNumber, () => 1, { on: (order: Order) => order.customer })
}

type Status = 'open' | 'done'

/** Keys of a few texts meet those of any text, whichever side they are on. */
export function narrowerKeys(): void {
  const byStatus = p
    .stream(topic('jobs', { key: string, value: json<{ status: Status }>() }))
    .groupBy(job => job.status)
  const counts = byStatus.count()
  const sharded = p.stream(topic('jobs', { key: string, value: json<{ status: Status }>() })).shard({
    by: job => job.status,
  })
  const table = counts.join(total, (n, row, key) => [n / row.total, key satisfies Status] as const)
  same<Equal<typeof table, Table<Status, readonly [number, Status]>>>()
  const left = counts.leftJoin(total, (n, row) => n + (row?.total ?? 0))
  same<Equal<typeof left, Table<Status, number>>>()
  const outer = counts.outerJoin(total, (n, row, key) => (n ?? row?.total ?? 0) + key.length)
  same<Equal<typeof outer, Table<string, number>>>()
  const mirrored = total.join(counts, (row, n) => row.total + n)
  same<Equal<typeof mirrored, Table<string, number>>>()
  const looked = sharded.join(total, (_job, row) => row.total)
  same<Equal<typeof looked, Stream<Status, number, 'keyed'>>>()
  const lookedLeft = sharded.leftJoin(total, (_job, row) => row?.total)
  same<Equal<typeof lookedLeft, Stream<Status, number | undefined, 'keyed'>>>()
  const inner = sharded.join(pay, (_job, payment, key) => [key, payment.amount] as const, { within: 5 })
  same<Equal<typeof inner, Stream<Status, readonly [Status, number], 'keyed'>>>()
  const innerLeft = sharded.leftJoin(pay, (_job, payment) => payment?.amount, { within: 5 })
  same<Equal<typeof innerLeft, Stream<Status, number | undefined, 'keyed'>>>()
  const both = sharded.outerJoin(pay, (_job, _payment, key) => key, { within: 5, key: string })
  same<Equal<typeof both, Stream<string, string, 'keyed'>>>()
  const merged = sharded.merge(pay, o)
  same<Equal<typeof merged, Stream<string, { status: Status } | Payment | Order, 'keyed'>>>()
  const grouped = byStatus
    .cogroup((n: number) => n + 1)
    .cogroup(pay.groupByKey(), (n, payment, key) => n + payment.amount + key.length)
    .aggregate(() => 0)
  same<Equal<typeof grouped, Table<string, number>>>()

  const someWords = p.table(topic('some', { key: json<'done' | 'other'>(), value: long }))
  const otherWords = p.table(topic('others', { key: json<'other' | 'more'>(), value: long }))
  const overlapping = someWords.join(otherWords, (a, b) => a + b)
  same<Equal<typeof overlapping, Table<'done' | 'other', number>>>()

  // @ts-expect-error these keys have nothing in common
  counts.join(byNumber, n => n)
  // @ts-expect-error nor here
  counts.outerJoin(byNumber, n => n)
  // @ts-expect-error nor here
  sharded.leftJoin(byNumber, job => job)
  const numbered = p.stream(customers)
  // @ts-expect-error nor here
  sharded.outerJoin(numbered, () => 1, { within: 5 })
  // @ts-expect-error one of the two is another
  sharded.merge(pay, numbered)
  // @ts-expect-error one of the two is another
  sharded.merge(pay, numbered, { fair: true })
  // @ts-expect-error keys of numbers are not those of texts
  byStatus.cogroup((n: number) => n + 1).cogroup(numbered.groupByKey(), n => n)
  const others = counts.toStream().map(() => 1)
  // @ts-expect-error the joiner knows of the other keys
  others.outerJoin(pay, (_n, _payment, key) => key satisfies Status, { within: 5 })
}
