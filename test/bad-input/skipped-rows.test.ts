import { describe, expect, onTestFinished, test } from 'vitest'
import { json, pipeline, store, string, topic } from '../../dsl/index.js'
import type { Log } from '../../src/log/log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { produce } from '../log/helpers.js'

const customers = topic('customers', { key: string, value: json<{ name: string }>() })
const rows = store('customers', { key: string, value: customers.value })
const orders = topic('orders', { key: string, value: string })
const out = topic('out', { key: string, value: json() })

async function shop(log: Log) {
  const p = pipeline('shop', { value: json(), onError: 'skip' })
  p.stream(orders)
    .join(p.table(customers, { as: rows, changelog: 'topic' }), (order, { name }) => ({ order, name }))
    .to(out)
  const app = await p.start({ log })
  onTestFinished(() => app.close())
  await app.drained()
  return app
}

async function freshLog(): Promise<Log> {
  const log = memoryLog()
  onTestFinished(() => log.close())
  await log.topics.create(['customers', 'orders', 'out'].map(name => ({ name, partitions: 1 })))
  return log
}

describe('a table whose source topic is its changelog', () => {
  test('does not get back by a restore what it skipped', async () => {
    const log = await freshLog()
    await produce(log, 'customers', 0, { key: 'k', value: '{"name":"Kim"}' }, { key: 'k', value: '{"name":' })
    const first = await shop(log)
    expect(await first.query(rows).get('k')).toEqual({ name: 'Kim' })
    await first.close()
    const second = await shop(log)
    expect(await second.query(rows).get('k')).toEqual({ name: 'Kim' })
    expect(second.status.counters).toEqual({})
  })

  test('is restored from where the topic begins, after its first records were deleted', async () => {
    const log = await freshLog()
    const row = (name: string) => ({ key: name, value: JSON.stringify({ name }) })
    await produce(log, 'customers', 0, row('a'), row('b'), row('c'))
    await (await shop(log)).close()
    await log.topics.deleteRecords([{ topic: 'customers', partition: 0, offset: 2 }])
    const app = await shop(log)
    expect(await app.query(rows).get('c')).toEqual({ name: 'c' })
  })
})
