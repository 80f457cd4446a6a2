import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'
import { expect, test } from 'vitest'
import { startBroker } from './broker.js'
import { freePorts } from './ports.js'
import { describeKafka, describeOwnKafka } from './shared.js'

describeKafka('the shared broker', kafka => {
  test('answers at the address that is handed out', async () => {
    const admin = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    expect((await admin.describeCluster()).brokers.length).toBeGreaterThan(0)
    await admin.disconnect()
  })
})

describeOwnKafka('a broker of its own', () => {
  test('tells what is in its log when it does not start', async () => {
    const started = startBroker({ properties: { 'num.io.threads': 'several' } })
    await expect(started).rejects.toThrow(/Kafka ended while it was starting:[^]*num\.io\.threads/)
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const [controller] = await freePorts(1)
    const properties = {
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    }
    await expect(startBroker({ properties })).rejects.toThrow(/ended while[^]*Address already in use/)
    taken.close()
  })

  test('keeps its data through kill -9 and restart', async () => {
    await using broker = await startBroker()
    const admin = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING }).admin()
    await admin.createTopics({ topics: [{ topic: 'kept' }] })
    await admin.disconnect()
    await broker.kill()
    await broker.restart()
    await admin.connect()
    expect(await admin.listTopics()).toContain('kept')
    await admin.disconnect()
  })
})
