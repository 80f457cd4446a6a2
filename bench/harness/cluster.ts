import { Kafka, logLevel, type Admin } from 'kafkajs'
import { startBroker } from '../../test/kafka/broker.js'

/** The Kafka that all engines of a run share, and what the harness does with it. */
export interface Cluster extends AsyncDisposable {
  readonly brokers: readonly string[]
  /** Topics, groups and application ids of this run begin with it. */
  readonly prefix: string
  createTopic(name: string, partitions: number): Promise<void>
  /** The sum of a group's committed positions on a topic whose first offset is 0. */
  committed(group: string, topic: string): Promise<number>
}

/** Starts a broker for the run, or uses the cluster at `address`, a comma-separated list. */
export async function openCluster(address: string | undefined): Promise<Cluster> {
  const broker = address === undefined ? await startBroker() : undefined
  const brokers = broker?.brokers ?? address!.split(',')
  const kafka = new Kafka({ clientId: 'sluice-bench', brokers: [...brokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const prefix = `sluice-bench-${Date.now().toString(36)}`
  const createTopic = async (name: string, partitions: number): Promise<void> => {
    // Event times lie in the past: by time, the records would be deleted at once.
    const configEntries = [{ name: 'retention.ms', value: '-1' }]
    await admin.createTopics({
      topics: [{ topic: name, numPartitions: partitions, configEntries }],
      waitForLeaders: true,
    })
  }
  await createTopic(prefix, 1)
  await prime(kafka, prefix)
  return {
    brokers,
    prefix,
    createTopic,
    committed: (group, topic) => committed(admin, group, topic),
    async [Symbol.asyncDispose]() {
      // A broker of our own goes with its directory; on someone else's cluster nothing is left behind.
      if (broker === undefined) await tidy(admin, prefix)
      await admin.disconnect()
      await broker?.stop()
    },
  }
}

/**
 * A transaction with positions, so that the broker has made its own topics for groups and transactions: otherwise the first
 * engine of a run would wait for them.
 */
async function prime(kafka: Kafka, topic: string): Promise<void> {
  const producer = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const transaction = await producer.transaction()
  const topics = [{ topic, partitions: [{ partition: 0, offset: '0' }] }]
  await transaction.sendOffsets({ consumerGroupId: topic, topics })
  await transaction.commit()
  await producer.disconnect()
}

async function tidy(admin: Admin, prefix: string): Promise<void> {
  const topics = (await admin.listTopics()).filter(name => name.startsWith(prefix))
  await admin.deleteTopics({ topics })
  const { groups } = await admin.listGroups()
  const ours = groups.map(({ groupId }) => groupId).filter(id => id.startsWith(prefix))
  if (ours.length > 0) await admin.deleteGroups(ours)
}

async function committed(admin: Admin, group: string, topic: string): Promise<number> {
  const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
  return (offsets?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0)
}
