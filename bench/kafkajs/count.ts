import { Kafka, logLevel } from 'kafkajs'
import { Level } from 'level'

const { brokers, application, input, output, directory } = JSON.parse(process.argv[2]!) as {
  brokers: string[]
  application: string
  input: string
  output: string
  directory: string
}

const kafka = new Kafka({ brokers, logLevel: logLevel.ERROR })
const producer = kafka.producer({ transactionalId: application, idempotent: true, maxInFlightRequests: 1 })
const consumer = kafka.consumer({ groupId: application })
const level = new Level(directory)
const counts = new Map<string, number>()

await level.open()
await producer.connect()
await consumer.connect()
await consumer.subscribe({ topics: [input], fromBeginning: true })
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch }) => {
    const completed = batch.messages
      .filter(({ value }) => (JSON.parse(value!.toString()) as { status: string }).status === 'completed')
      .map(({ key }) => key!.toString())
    const unknown = [...new Set(completed.filter(key => !counts.has(key)))]
    const stored = await level.getMany(unknown)
    unknown.forEach((key, i) => counts.set(key, Number(stored[i] ?? 0)))
    const changed = new Map<string, string>()
    for (const key of completed) {
      const count = counts.get(key)! + 1
      counts.set(key, count)
      changed.set(key, String(count))
    }
    const transaction = await producer.transaction()
    try {
      const messages = Array.from(changed, ([key, value]) => ({ key, value: int64(value) }))
      if (messages.length > 0) await transaction.send({ topic: output, messages })
      const next = String(BigInt(batch.lastOffset()) + 1n)
      const partitions = [{ partition: batch.partition, offset: next }]
      await transaction.sendOffsets({ consumerGroupId: application, topics: [{ topic: input, partitions }] })
      await transaction.commit()
    } catch (error) {
      await transaction.abort()
      throw error
    }
    await level.batch(Array.from(changed, ([key, value]) => ({ type: 'put' as const, key, value })))
  },
})

process.stdin.resume().on('end', async () => {
  await consumer.disconnect()
  await producer.disconnect()
  await level.close()
  process.exit(0)
})

function int64(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64BE(BigInt(text))
  return bytes
}
