import { Kafka, logLevel } from 'kafkajs'
import { expect, test } from 'vitest'
import { startBroker } from './broker.js'
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
