/** What the examples of docstrings take for granted, as declarations that all of them see. */
export const common = `
import type { Log, Pipeline, Running, StandardSchema, Store, Stream as AnyStream, Table, Topic, WindowKey } from 'sluice'
import type { ProcessorFactory } from 'sluice/processor'
import type { TestDriver } from 'sluice/testing'

type Stream<V> = AnyStream<string, V, 'keyed'>
interface Order { customer: string; customerId: string; currency: string; price: number; paid: boolean }

declare global {
  const tracker: Pipeline
  const shop: Pipeline
  const app: Running
  const log: Log
  const driver: TestDriver
  const stream: Stream<string>
  const lines: Stream<string>
  const orders: Stream<Order>
  const urgent: Stream<Order>
  const normal: Stream<Order>
  const payments: Stream<{ id: string; amount: number }>
  const refunds: Stream<{ amount: number }>
  const jobs: Stream<{ id: string; importId: string; jobsOfImport: number }>
  const flights: Stream<{ delay: number }>
  const clicks: Stream<{ url: string }>
  const signups: Stream<{ name: string }>
  const reminders: Stream<{ at: string }>
  const finished: Stream<{ url: string }>
  const video: Stream<string>
  const sound: Stream<number>
  const verified: Table<string, boolean>
  const customers: Table<string, { country: string; city: string }>
  const orderTable: Table<string, Order>
  const perMinute: Store<WindowKey<string>, number>
  const seen: Store<string, number>
  const countWords: ProcessorFactory<string, string, string, number>
  const mails: Topic<string, { at: string }>
  const requests: Topic<string, unknown>
  const texts: Topic<string, string>
  const numbers: Topic<string, number>
  const jobTopic: Topic<string, { status: string; importId: string }>
  const charge: (order: Order) => Promise<Order>
  const lookUp: (customer: string, options: { signal: AbortSignal }) => Promise<Order>
  const post: (url: string, body: unknown, options: object) => Promise<void>
  const z: {
    object: <T>(shape: T) => StandardSchema<unknown, { id: string; total: number }>
    string: () => unknown
    number: () => unknown
  }
}
`

/** Where a name means something else in the examples of a file. */
export const own: Readonly<Record<string, string>> = {
  'dsl/table.ts': 'const orders = orderTable',
  'dsl/grouped-table.ts': 'const orders = orderTable',
  'src/log/record-reader.ts': 'const finished = texts',
  'src/log/record-writer.ts': 'const jobs = texts, job = "a job"',
  'src/testing/driver.ts': 'const jobs = jobTopic, finished = texts',
  'src/testing/marbles.ts': 'const clicks = numbers, counts = texts',
}
