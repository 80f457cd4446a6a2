import { describe, expect, onTestFinished, test } from 'vitest'
import { json, pipeline, string, topic, type Pipeline } from '../../dsl/index.js'
import { embedded } from '../../src/log/embedded/embedded.js'
import type { Log } from '../../src/log/log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { expectCode, produce } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

const orders = topic('orders', { key: string, value: json<{ customer: string }>() })
const customers = topic('customers', { key: string, value: json<{ name: string }>() })
const out = topic('out', { key: string, value: json() })

/** The place of a call in this file, as an error shows it. */
const here = /topics\.test\.ts:\d+/

const logs: Record<string, () => Promise<Log>> = {
  memory: async () => memoryLog(),
  embedded: async () => embedded(await temporaryDirectory()).open(),
}

describe.each(Object.entries(logs))('on the %s log', (_, open) => {
  async function logWith(topics: Record<string, number>): Promise<Log> {
    const log = await open()
    onTestFinished(() => log.close())
    await log.topics.create(Object.entries(topics).map(([name, partitions]) => ({ name, partitions })))
    return log
  }

  async function refused(log: Log, code: 'UNKNOWN_TOPIC' | 'BAD_TOPOLOGY', chain: (p: Pipeline) => void) {
    const before = await log.topics.list()
    const p = pipeline('shop', { value: json() })
    chain(p)
    const error = await expectCode(code, () => p.start({ log }))
    // Nothing was made for a pipeline that cannot run.
    expect(await log.topics.list()).toEqual(before)
    return error
  }

  test('a topic that is read and does not exist', async () => {
    const log = await logWith({ out: 1 })
    const error = await refused(log, 'UNKNOWN_TOPIC', p => p.stream(orders).to(out))
    expect(error.place).toMatchObject({ topic: 'orders', operator: 'orders', line: expect.stringMatching(here) })
    expect(error.hint).toContain('sluice topics create orders')
  })

  test('a topic that is written and does not exist', async () => {
    const log = await logWith({ orders: 1 })
    const error = await refused(log, 'UNKNOWN_TOPIC', p => p.stream(orders).to(out))
    expect(error.place).toMatchObject({ topic: 'out', line: expect.stringMatching(here) })
    expect(error.hint).toContain('sluice topics create out')
  })

  test('a dead-letter topic that does not exist', async () => {
    const log = await logWith({ orders: 1, out: 1 })
    const error = await refused(log, 'UNKNOWN_TOPIC', p => p.stream(orders).deadLetter('bad').to(out))
    expect(error.place).toMatchObject({ topic: 'bad' })
    expect(error.message).toContain('dead letters')
  })

  test('inputs of a join with other numbers of partitions', async () => {
    const log = await logWith({ orders: 4, customers: 3, out: 1 })
    const error = await refused(log, 'BAD_TOPOLOGY', p =>
      p
        .stream(orders)
        .join(p.table(customers), (order, { name }) => ({ ...order, name }))
        .to(out),
    )
    expect(error.message).toMatch(/"orders" has 4 partitions and "customers" has 3|"customers" has 3.*"orders" has 4/)
    expect(error.place).toMatchObject({ operator: expect.stringMatching(/join/), line: expect.stringMatching(here) })
    expect(error.hint).toContain('.repartition()')
  })

  test('a topic chosen per record that does not exist stops with the record', async () => {
    const log = await logWith({ orders: 1 })
    const p = pipeline('shop', { value: json() })
    p.stream(orders).to(order => topic(`orders-of-${order.customer}`, { key: string, value: json() }))
    const app = await p.start({ log, onError: () => {} })
    await produce(log, 'orders', 0, { key: 'o', value: '{"customer":"kim"}' })
    const error = await expectCode('UNKNOWN_TOPIC', () => app.closed)
    expect(error.place).toMatchObject({ topic: 'orders', partition: 0, offset: 0 })
    expect(error.message).toContain('orders-of-kim')
    const position = await log.committed('shop', [{ topic: 'orders', partition: 0 }])
    expect(position.get('orders-0')?.offset ?? 0).toBe(0)
  })
})
