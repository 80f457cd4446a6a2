import { Kafka, logLevel } from 'kafkajs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { pipeline, string, topic } from '../../dsl/index.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import { describeKafka } from '../kafka/shared.js'
import { produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

describeKafka('a topic that gets partitions while a pipeline reads it', shared => {
  test('is read in all of them', { timeout: 60_000 }, async () => {
    const [input, output] = [shared.name('in'), shared.name('out')]
    const log = await kafka({ brokers: shared.brokers, heartbeatInterval: 100 }).open()
    onTestFinished(() => log.close())
    await log.topics.create([input, output].map(name => ({ name, partitions: 1 })))
    const p = pipeline(shared.name('app'))
    p.stream(topic(input, { key: string, value: string }), { keyless: true }).to(
      topic(output, { key: string, value: string }),
    )
    const app = await p.start({ log, topicRefresh: 200, stateDir: await temporaryDirectory() })
    onTestFinished(() => app.close())
    const admin = new Kafka({ brokers: [...shared.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    onTestFinished(() => admin.disconnect())
    await admin.createPartitions({ topicPartitions: [{ topic: input, count: 2 }] })
    await vi.waitFor(() => produce(log, input, 1, 'new'), { timeout: 5_000 })
    await vi.waitFor(async () => expect(await valuesOf(log, output, 0)).toEqual(['new']), { timeout: 20_000 })
  })
})
