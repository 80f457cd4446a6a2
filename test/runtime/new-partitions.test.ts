import { Kafka, logLevel } from 'kafkajs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { json, pipeline, string, topic } from '../../dsl/index.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import { partitionOf } from '../../src/log/partitioner.js'
import { describeKafka } from '../kafka/shared.js'
import { produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

describeKafka('a topic that gets partitions while a pipeline reads it', shared => {
  test('is read in all of them', { timeout: 60_000 }, async () => {
    const { log, input, output, grow } = await grown()
    const p = pipeline(shared.name('app'))
    p.stream(topic(input, { key: string, value: string }), { keyless: true }).to(
      topic(output, { key: string, value: string }),
    )
    const app = await p.start({ log, topicRefresh: 200, stateDir: await temporaryDirectory() })
    onTestFinished(() => app.close())
    await grow(input)
    await vi.waitFor(() => produce(log, input, 1, 'new'), { timeout: 5_000 })
    await vi.waitFor(async () => expect(await valuesOf(log, output, 0)).toEqual(['new']), { timeout: 20_000 })
  })

  test('is read from its beginning where the stream began with the latest', { timeout: 60_000 }, async () => {
    const { log, input, output, grow } = await grown()
    const p = pipeline(shared.name('app'))
    p.stream(topic(input, { key: string, value: string }), { keyless: true, from: 'latest' }).to(
      topic(output, { key: string, value: string }),
    )
    await produce(log, input, 0, 'before')
    const app = await p.start({ log, topicRefresh: 2_000, stateDir: await temporaryDirectory() })
    onTestFinished(() => app.close())
    await grow(input)
    await vi.waitFor(() => produce(log, input, 1, 'new'), { timeout: 5_000 })
    await vi.waitFor(async () => expect(await valuesOf(log, output, 0)).toEqual(['new']), { timeout: 20_000 })
  })

  test('is read by a global table and by a query in all of them', { timeout: 60_000 }, async () => {
    const { log, input, output, grow } = await grown()
    const tables = shared.name('tables')
    await log.topics.create([{ name: tables, partitions: 1 }])
    const rows = topic(input, { key: string, value: json<number>() })
    const p = pipeline(shared.name('app'))
    p.globalTable(rows, { as: 'everywhere' })
    p.table(topic(tables, { key: string, value: json<number>() }), { as: 'rows', changelog: 'topic' })
      .toStream({ tombstones: false })
      .to(topic(output, { key: string, value: json<number>() }))
    const app = await p.start({ log, topicRefresh: 200, stateDir: await temporaryDirectory() })
    onTestFinished(() => app.close())
    const [global, local] = ['everywhere', 'rows'].map(name => app.query<string, number>({ name }))
    await grow(input)
    await grow(tables)
    const key = ['a', 'b', 'c', 'd', 'e', 'f'].find(name => partitionOf(Buffer.from(name), 0, 1, 2) === 1)!
    for (const name of [input, tables]) {
      await vi.waitFor(() => produce(log, name, 1, { key, value: '7' }), { timeout: 5_000 })
    }
    const seen = async () => expect([await global!.get(key), await local!.get(key)]).toEqual([7, 7])
    await vi.waitFor(seen, { timeout: 20_000 })
  })

  async function grown() {
    const [input, output] = [shared.name('in'), shared.name('out')]
    const log = await kafka({ brokers: shared.brokers, heartbeatInterval: 100 }).open()
    onTestFinished(() => log.close())
    await log.topics.create([input, output].map(name => ({ name, partitions: 1 })))
    const admin = new Kafka({ brokers: [...shared.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    onTestFinished(() => admin.disconnect())
    const grow = (name: string) => admin.createPartitions({ topicPartitions: [{ topic: name, count: 2 }] })
    return { log, input, output, grow }
  }
})
