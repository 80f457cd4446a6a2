import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** What a module of a user may export without saying its types. */
const text = `import {
  avro, embedded, exponential, float64, from, hopping, json, kafka, long, memory, merge, pipeline, readRecords, recordWriter,
  session, sessionStore, sliding, store, string, topic, tumbling, versionedStore, windowed, windowStore,
} from 'sluice'
import type { Log, Partitioning, Stream } from 'sluice'
import type { ProcessorContext } from 'sluice/processor'
import { marbles, mockContext, testDriver } from 'sluice/testing'

type Order = { id: string; customer: string; cents: number; note?: string }
export const orders = topic('orders', { key: string, value: json<Order>() })
export const schema = { type: 'record', name: 'Row', fields: [{ name: 'at', type: 'long' }] } as const
export const rows = topic('rows', { key: string, value: avro(schema, { long: 'bigint' }) })
export const byWindow = windowed(string)
export const stores = [
  store('a', { key: string, value: long }),
  windowStore('b', { key: string, value: long, size: '1m', retention: '1h' }),
  sessionStore('c', { key: string, value: long, retention: '1h' }),
  versionedStore('d', { key: string, value: float64, history: '1h' }),
] as const
export const windows = [tumbling('1m'), hopping('1m', '20s'), sliding('1m'), session('1m')] as const
export const logs = { embedded: embedded('./data'), kafka: kafka({ brokers: ['host:9092'] }), memory: memory() }
export const opened = () => embedded('./data').open()
export const producerOf = (log: Log) => log.producer({})
export const writerOf = (log: Log) => recordWriter(log, producerOf(log), ['orders'])
export const recordsOf = (log: Log) => readRecords(log, orders)
export const topicsOf = async (log: Log) => [log.topics, await log.topics.describe(['orders'])] as const
export const backoff = exponential('1s')

export const app = pipeline('app', { value: json() })
export const stream = app.stream(orders)
export const noted = stream.filter((order): order is Order & { note: string } => order.note !== undefined)
export const split = stream.split({ dear: order => order.cents > 100, small: order => order.cents < 5 })
export const { dear, rest } = split
export const mapped = split.map(order => order.cents)
export const copies = stream.copy({ cents: s => s.map(order => order.cents), other: s => s.selectKey(order => order.id) })
export const numbered = stream.copy(2)
export const race = stream.copy({ race: 2 })
export const grouped = stream.groupBy(order => order.customer)
export const windowedOrders = grouped.windowedBy(tumbling('1m'))
export const sessions = grouped.windowedBy(session('1m'))
export const counted = windowedOrders.count()
export const cogrouped = grouped.cogroup((sum: number, order) => sum + order.cents)
export const table = app.table(rows, { history: '1h' })
export const rowGroups = table.groupBy((row, key) => [key, row.at])
export const global = app.globalTable(rows, { as: 'global' })
export const joined = stream.leftJoin(global, (order, row) => ({ order, row }), { on: order => order.id })
export const all = copies.cents.copy({ a: s => s, b: s => s }).merge.all({ timeout: '1m' })
export const parts = merge.all(stream, { part: order => order.id, expect: () => 2, timeout: '1h' })
export const ticks = app.every('* * * * *')
export const values = from(stream)
export const called = stream.effect('call', async ({ id }, { idempotencyKey }) => ({ id, idempotencyKey }))
export const processed = stream.process<string, number, 'a' | 'b'>(c => (order, id) => c.forward(id, order.cents), {
  outputs: ['a', 'b'],
})
export class Counter {
  readonly seen
  constructor(readonly context: ProcessorContext<string, number>) {
    this.seen = [context.store(stores[0]), context.store(stores[1]), context.store(stores[3]), context.record] as const
  }
}
export function splitBy<K, V, Q extends Partitioning>(of: Stream<K, V, Q>, by: (value: V) => boolean) {
  return of.split({ yes: by })
}
export async function run() {
  const running = await app.start({ log: memory() })
  return [running, running.query(stores[0]), running.status, running.state$, app.describe(), app.describe().toJSON()] as const
}
export async function drive() {
  const driver = await testDriver(app)
  const mock = mockContext({ stores: [stores[0]] })
  const out = driver.output(orders)
  return [driver, driver.input(orders), out, out.read(), driver.store(stores[0]), mock, mock.schedules] as const
}
export const line = marbles(orders, 'a')
`

test('whatever a module exports of the package can be named in its declarations', { timeout: 120_000 }, async () => {
  const dir = await mkdtemp(join(import.meta.dirname, '.declarations-'))
  try {
    const installed = join(dir, 'node_modules/sluice')
    await mkdir(installed, { recursive: true })
    await cp(join(root, 'package.json'), join(installed, 'package.json'))
    await cp(join(root, 'dist'), join(installed, 'dist'), { recursive: true })
    await writeFile(join(dir, 'package.json'), '{ "type": "module" }')
    await writeFile(join(dir, 'module.ts'), text)
    const compilerOptions = {
      rootDir: dir,
      noEmit: false,
      declaration: true,
      outDir: join(dir, 'out'),
      erasableSyntaxOnly: false,
    }
    const config = { extends: '../../../tsconfig.json', compilerOptions, include: ['module.ts'] }
    await writeFile(join(dir, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(root, 'node_modules/typescript/lib/tsc.js')
    const said = await new Promise<string>(resolve =>
      execFile(process.execPath, [tsc, '-p', dir, '--pretty', 'false'], { cwd: dir }, (_, out) => resolve(out)),
    )
    expect(said).toBe('')
  } finally {
    await rm(dir, { recursive: true })
  }
})
