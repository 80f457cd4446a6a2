import { usual, type Dataset, type Workload } from '../harness/workload.js'
import { random } from '../harness/random.js'

const firstTimestamp = Date.UTC(2001, 0, 1)
const mostRows = 1_000_000
const tiers = ['basic', 'silver', 'gold']

/** A quarter of the records are rows of the table, up to a million. */
function rowsOf(records: number): number {
  return Math.min(mostRows, Math.floor(records / 4))
}

function keyOf(row: number): string {
  return `customer-${String(row).padStart(7, '0')}`
}

function tierOf(row: number): string {
  return tiers[row % tiers.length]!
}

const customers: Dataset = {
  name: 'customers',
  partitions: 4,
  count: rowsOf,
  *records(count) {
    for (let row = 0; row < count; row++) {
      const value = JSON.stringify({ name: `Customer number ${row}`, tier: tierOf(row), since: 1990 + (row % 30) })
      yield { key: keyOf(row), value, timestamp: firstTimestamp }
    }
  },
}

function* orders(count: number): Generator<{ id: number; customer: number; amount: number }> {
  const draw = random(11)
  // What is drawn may not depend on the size of the table, which the topic does not know: a third as many customers.
  const rows = Math.min(mostRows, Math.floor(count / 3))
  for (let id = 0; id < count; id++) {
    yield { id, customer: Math.floor(draw() * rows * 1.1), amount: Math.floor(draw() * 1000) }
  }
}

const orderRecords: Dataset = {
  name: 'orders',
  partitions: 4,
  count: records => records - rowsOf(records),
  *records(count) {
    for (const { id, customer, amount } of orders(count)) {
      const value = JSON.stringify({ id, amount, currency: 'EUR', note: 'to be delivered to the front door' })
      yield { key: keyOf(customer), value, timestamp: firstTimestamp + 1 + id }
    }
  },
}

/** Orders with the customers they are of; for one in eleven there is none. */
export const streamTable: Workload = {
  ...usual,
  name: 'stream-table',
  title: 'join of a stream with a table of up to 1,000,000 keys',
  inputs: [orderRecords, customers],
  fold: 'all',
  program: 'stream-table',
  kafkaStreams: 'StreamTable',
  *expected(records) {
    const rows = rowsOf(records)
    for (const { id, customer, amount } of orders(records - rows)) {
      if (customer < rows) yield [keyOf(customer), JSON.stringify({ id, amount, tier: tierOf(customer) })]
    }
  },
}
