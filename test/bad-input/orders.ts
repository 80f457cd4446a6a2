import { avro, bytes, json, long, pipeline, store, string, topic, type Pipeline } from '../../dsl/index.js'
import { RecordHeaders } from '../../src/record.js'
import { BatchBuilder } from '../../src/log/batch/builder.js'
import type { Log } from '../../src/log/log.js'
import { readRecords } from '../../src/log/record-reader.js'

const schema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'customer', type: 'string' },
    { name: 'amount', type: 'int' },
  ],
} as const

export const order = avro(schema)
export const names: Readonly<Record<'orders' | 'counts' | 'copies' | 'bad', string>> = {
  orders: 'orders',
  counts: 'counts',
  copies: 'copies',
  bad: 'bad-orders',
}
export const tally = store('orders-of-customer', { key: string, value: long })

export type Policy = 'stop' | 'skip' | 'dead-letter'
/** Names of topics, for a log that others use too. */
export type Names = typeof names

/** Counts the orders of each customer, and copies each to a topic, the one of 77 with 2 MB more. */
export function orders(policy: Policy, of: Names = names): Pipeline {
  const p = pipeline(`${of.orders}-app`, { value: json(), onError: policy === 'skip' ? 'skip' : 'stop' })
  if (policy === 'dead-letter') p.deadLetter(of.bad)
  const checked = p.stream(topic(of.orders, { key: string, value: order })).map(one => {
    if (one.amount < 0) throw new Error('an order of nothing')
    return one
  })
  checked
    .groupBy(one => one.customer)
    .count({ as: tally })
    .toStream({ tombstones: false })
    .to(topic(of.counts, { key: string, value: long }))
  checked
    .map(one => ({ ...one, note: one.amount === 77 ? 'x'.repeat(2_000_000) : '' }))
    .to(topic(of.copies, { key: string, value: json<{ amount: number }>() }))
  return p
}

/** A record as bytes: what any producer may write. */
export interface Raw {
  readonly key: string | null
  readonly value: Uint8Array | null
}

export function good(customer: string, amount: number): Raw {
  return { key: `order-${customer}`, value: order.serialize({ customer, amount }) }
}

/** Writes the records to partition 0, in order. */
export async function write(log: Log, to: string, ...records: Raw[]): Promise<void> {
  const producer = log.producer({})
  await producer.init()
  const batch = new BatchBuilder()
  const headers = RecordHeaders.from({ origin: 'shop' })
  for (const { key, value } of records) {
    batch.append(1_000, key === null ? null : Buffer.from(key), value === null ? null : Buffer.from(value), headers)
  }
  producer.append(to, 0, batch)
  await producer.flush()
  await producer.close()
}

export async function setUp(log: Log, of: Names = names): Promise<void> {
  await log.topics.create(Object.values(of).map(name => ({ name, partitions: 2 })))
}

/** The last count of each customer; `NaN` where one went back. */
export async function counts(log: Log, of: Names = names): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for await (const { key, value } of readRecords(log, topic(of.counts, { key: string, value: long }))) {
    found[key!] = value! > (found[key!] ?? 0) ? value! : Number.NaN
  }
  return found
}

export interface DeadLetter {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: RecordHeaders
}

export async function deadLetters(log: Log, of: Names = names): Promise<DeadLetter[]> {
  const found: DeadLetter[] = []
  for await (const letter of readRecords(log, topic(of.bad, { key: bytes, value: bytes }))) found.push(letter)
  return found
}
