import { Kafka, logLevel, type EachBatchPayload } from 'kafkajs'
import { Level } from 'level'
import { Counts, messagesOf, putsOf } from './counts.js'
import { loop, readJob } from './loop.js'

// The count with the promise that Sluice and Kafka Streams give: right behind a death at any moment, and behind the loss
// of the disk. For that each transaction writes the changed counts to a compacted topic as well, and LevelDB knows up to
// where each partition was read. Where that is not what the group has committed, the counts are read from the topic again.

const job = readJob()
const changelog = `${job.application}-counts-changelog`
const level = new Level(job.directory)
const counts = new Counts(level)
const kafka = new Kafka({ brokers: job.brokers, logLevel: logLevel.ERROR })

await level.open()
await loop(
  job,
  async (batch, write) => {
    const changed = await counts.add(batch)
    const messages = messagesOf(changed)
    const { partition } = batch
    await write([
      { topic: job.output, messages },
      { topic: changelog, messages: messages.map(message => ({ ...message, partition })) },
    ])
    const next = String(BigInt(batch.lastOffset()) + 1n)
    await level.batch([...putsOf(changed), { type: 'put', key: readTo(partition), value: next }])
  },
  { open: catchUp, close: () => level.close() },
)

/** Makes the changelog where there is none, and reads it where LevelDB is not at what the group has committed. */
async function catchUp(): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  const { topics } = await admin.fetchTopicMetadata({ topics: [job.input] })
  const configEntries = [{ name: 'cleanup.policy', value: 'compact' }]
  const made = { topic: changelog, numPartitions: topics[0]!.partitions.length, configEntries }
  await admin.createTopics({ topics: [made], waitForLeaders: true })
  const [group] = await admin.fetchOffsets({ groupId: job.application, topics: [job.input] })
  const committed = group!.partitions.map(({ partition, offset }) => ({ key: readTo(partition), value: offset }))
  const reached = await level.getMany(committed.map(({ key }) => key))
  if (!committed.every(({ value }, i) => value === (reached[i] ?? '-1'))) {
    await level.clear()
    await readChangelog(await admin.fetchTopicOffsets(changelog))
    await level.batch(committed.map(({ key, value }) => ({ type: 'put', key, value })))
  }
  await admin.disconnect()
}

/** Reads the changelog to its ends into LevelDB. */
async function readChangelog(ends: ReadonlyArray<{ partition: number; high: string }>): Promise<void> {
  // The last record of a partition marks the end of its transaction; kafkajs does not hand it out.
  const lasts = new Map(ends.map(({ partition, high }) => [partition, BigInt(high) - 2n]))
  const left = new Set(ends.filter(({ high }) => high !== '0').map(({ partition }) => partition))
  if (left.size === 0) return
  const consumer = kafka.consumer({ groupId: `${job.application}-restore`, readUncommitted: false })
  await consumer.connect()
  await consumer.subscribe({ topics: [changelog], fromBeginning: true })
  await new Promise<void>((resolve, reject) => {
    const eachBatch = async ({ batch }: EachBatchPayload): Promise<void> => {
      const read = batch.messages.map(({ key, value }) => [key!.toString(), Number(value!.readBigInt64BE())] as const)
      await level.batch(putsOf(new Map(read)))
      if (BigInt(batch.lastOffset()) >= lasts.get(batch.partition)!) left.delete(batch.partition)
      if (left.size === 0) resolve()
    }
    consumer.run({ autoCommit: false, eachBatch }).catch(reject)
  })
  await consumer.disconnect()
}

function readTo(partition: number): string {
  return `\0offset-${partition}`
}
