import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { embedded, kafka, pipeline, readRecords, recordWriter, string, topic, type Log } from '../../dsl/index.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { describeKafka } from '../kafka/shared.js'
import { temporaryDirectory } from '../log/temporary.js'
import { writeRecords } from '../write-records.js'

/** Topics that take batches of 4,000 bytes at most, far below what a log takes. */
function smallBatches(open: () => Promise<Log>, fresh: (name: string) => string): void {
  async function opened(): Promise<{ log: Log; app: string; input: Text; output: Text; routed: Text }> {
    const log = await open()
    onTestFinished(() => log.close())
    const app = fresh('small')
    const [input, output, routed] = [texts(`${app}-in`), texts(`${app}-out`), texts(`${app}-routed`)]
    const config = { 'max.message.bytes': '4000' }
    await log.topics.create([input, output, routed].map(({ name }) => ({ name, partitions: 1, config })))
    return { log, app, input, output, routed }
  }

  it('get many small records in batches that they take', async () => {
    const { log, app: id, input, output, routed } = await opened()
    await write(log, input, 2_000)
    const p = pipeline(id)
    const stream = p.stream(input)
    stream.groupByKey().count({ as: 'counts', cache: false })
    stream.to(output)
    // A topic that is known only at the record.
    stream.to(() => routed)
    await using app = await p.start({ log, stateDir: await temporaryDirectory() })
    await app.drained()
    for (const to of [output, routed]) {
      const seen: (string | null)[] = []
      for await (const { key } of readRecords(log, to)) seen.push(key)
      expect(seen).toEqual(Array.from({ length: 2_000 }, (_, i) => `k${i}`))
    }
  })

  it('refuse a record that none of their batches takes, and the error names the record and the topic', async () => {
    const { log, app: id, input, output } = await opened()
    await write(log, input, 1)
    const p = pipeline(id)
    p.stream(input)
      .map(() => 'x'.repeat(5_000))
      .to(output)
    await using app = await p.start({ log, stateDir: await temporaryDirectory(), onError: () => {} })
    const error: unknown = await app.drained().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'RECORD_TOO_LARGE', place: { topic: input.name, partition: 0, offset: 0 } })
    expect((error as Error).message).toContain(output.name)
    expect((error as Error).message).toContain('limit of 4000')
    const producer = log.producer({})
    await producer.init()
    const writer = await recordWriter(log, producer, [output.name])
    const large = { key: 'k', value: 'x'.repeat(5_000) }
    expect(() => writer.write(output, large)).toThrow(/^RECORD_TOO_LARGE.*limit of 4000/s)
    await producer.close()
  })
}

type Text = ReturnType<typeof texts>

function texts(name: string) {
  return topic(name, { key: string, value: string })
}

async function write(log: Log, to: Text, count: number): Promise<void> {
  await writeRecords(log, [to.name], writer => {
    for (let i = 0; i < count; i++) writer.write(to, { key: `k${i}`, value: 'some text' })
  })
}

describeKafka('topics whose max.message.bytes is lowered while they are written to', shared => {
  it('get the rest in batches that they take, each record once', async () => {
    const log = await kafka({ brokers: shared.brokers }).open()
    onTestFinished(() => log.close())
    const [input, output, routed] = ['in', 'out', 'routed'].map(name => texts(shared.name(name)))
    await log.topics.create([input!, output!, routed!].map(({ name }) => ({ name, partitions: 1 })))
    const p = pipeline(shared.name('lowered'))
    const stream = p.stream(input!)
    stream.to(output!)
    stream.to(() => routed!)
    await write(log, input!, 100)
    await using app = await p.start({ log, stateDir: await temporaryDirectory() })
    await app.drained()
    for (const { name } of [output!, routed!]) await setLimit(shared.brokers, name, 2_000)
    await write(log, input!, 2_000)
    await app.drained()
    const keys = (count: number): string[] => Array.from({ length: count }, (_, i) => `k${i}`)
    for (const to of [output!, routed!]) {
      const seen: (string | null)[] = []
      for await (const { key } of readRecords(log, to)) seen.push(key)
      expect(seen).toEqual([...keys(100), ...keys(2_000)])
    }
  })
})

async function setLimit(brokers: string[], topic: string, bytes: number): Promise<void> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const configEntries = [{ name: 'max.message.bytes', value: String(bytes) }]
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }]
  await admin.alterConfigs({ validateOnly: false, resources })
  await admin.disconnect()
}

describe('topics of small batches on the memory log', () =>
  smallBatches(
    async () => memoryLog(),
    name => name,
  ))

describe('topics of small batches on the embedded log', () =>
  smallBatches(
    async () => embedded(await temporaryDirectory()).open(),
    name => name,
  ))

describeKafka('topics of small batches on Kafka', shared =>
  smallBatches(
    () => kafka({ brokers: shared.brokers }).open(),
    what => shared.name(what),
  ),
)
