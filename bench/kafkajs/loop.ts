import { Kafka, logLevel, type EachBatchPayload, type TopicMessages } from 'kafkajs'

/** What the harness tells a program to do. */
export interface Job {
  readonly brokers: string[]
  readonly application: string
  readonly input: string
  readonly output: string
  readonly directory: string
}

/** A batch as kafkajs has fetched it: of one partition. */
export type Batch = EachBatchPayload['batch']

export function readJob(): Job {
  return JSON.parse(process.argv[2]!) as Job
}

/**
 * Reads the input batch by batch, and writes what comes of a batch in one transaction with the offset behind it, until
 * standard input ends; `close` is called then. `open` is called when no transaction of an earlier life is left.
 */
export async function loop(
  { brokers, application, input }: Job,
  eachBatch: (batch: Batch, write: (topicMessages: TopicMessages[]) => Promise<void>) => Promise<void>,
  {
    open = async () => {},
    close = async () => {},
  }: Readonly<Partial<Record<'open' | 'close', () => Promise<void>>>> = {},
): Promise<void> {
  const kafka = new Kafka({ brokers, logLevel: logLevel.ERROR })
  const producer = kafka.producer({ transactionalId: application, idempotent: true, maxInFlightRequests: 1 })
  const consumer = kafka.consumer({ groupId: application })
  await producer.connect()
  await open()
  await consumer.connect()
  await consumer.subscribe({ topics: [input], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) =>
      eachBatch(batch, async topicMessages => {
        const transaction = await producer.transaction()
        try {
          if (topicMessages.some(({ messages }) => messages.length > 0)) await transaction.sendBatch({ topicMessages })
          const next = String(BigInt(batch.lastOffset()) + 1n)
          const partitions = [{ partition: batch.partition, offset: next }]
          await transaction.sendOffsets({ consumerGroupId: application, topics: [{ topic: input, partitions }] })
          await transaction.commit()
        } catch (error) {
          await transaction.abort()
          throw error
        }
      }),
  })
  process.stdin.resume().on('end', async () => {
    await consumer.disconnect()
    await producer.disconnect()
    await close()
    process.exit(0)
  })
}
