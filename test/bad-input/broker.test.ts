import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { json, pipeline, string, topic, type Pipeline } from '../../dsl/index.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import { startBroker } from '../kafka/broker.js'
import { describeOwnKafka } from '../kafka/shared.js'
import { batch, expectCode, produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const orders = topic('orders', { key: string, value: string })
const out = topic('out', { key: string, value: string })

test('a broker that is down at the start is named, in bounded time', async () => {
  const broker = `127.0.0.1:${await deadPort()}`
  const p = pipeline('shop', { value: json() })
  p.stream(orders).to(out)
  const began = performance.now()
  const error = await expectCode('BROKER', () => p.start({ log: kafka({ brokers: [broker], startTimeout: '1s' }) }))
  expect(performance.now() - began).toBeLessThan(8_000)
  expect(error.message).toContain(broker)
  expect(error.hint).toContain('check that Kafka runs')
})

describeOwnKafka('a broker that goes down later', () => {
  test('and stays down stops the pipeline in bounded time; the next start goes on', { timeout: 120_000 }, async () => {
    await using broker = await startBroker()
    const stateDir = await temporaryDirectory()
    const limits = { apiTimeout: '3s', deliveryTimeout: '3s', requestTimeout: '2s', transactionTimeout: '3s' } as const
    const described = kafka({ brokers: broker.brokers, ...limits })
    let killed = 0
    const shop = (): Pipeline => {
      const p = pipeline('shop', { value: json() })
      p.stream(orders, { keyless: true })
        .peek(order => {
          // In the middle of a transaction: what was written for this order is not committed yet.
          if (order === 'fatal' && killed === 0) void broker.kill().then(() => (killed = performance.now()))
        })
        .to(out)
      return p
    }
    const writing = await described.open()
    for (const { name } of [orders, out]) await writing.topics.create([{ name, partitions: 1 }])
    await produce(writing, 'orders', 0, 'a', 'b')
    const app = await shop().start({ log: described, stateDir, outageTimeout: '2s', onError: () => {} })
    await app.drained()
    const producer = writing.producer({})
    await producer.init()
    producer.append('orders', 0, batch('c', 'fatal', 'd'))
    await producer.flush()
    await producer.close()
    const error = await expectCode('BROKER', () => app.closed)
    expect(performance.now() - killed).toBeLessThan(30_000)
    expect(error.message).toContain('within 3 s')
    expect(error.hint).toContain('check')
    await broker.restart()
    await writing.close()

    const log = await kafka({ brokers: broker.brokers }).open()
    const next = await shop().start({ log, stateDir })
    await next.drained()
    await next.close()
    expect(await valuesOf(log, 'out', 0)).toEqual(['a', 'b', 'c', 'fatal', 'd'])
    await log.close()
  })
})
