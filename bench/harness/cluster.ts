import { Kafka, logLevel, type Admin } from 'kafkajs'
import { startBroker } from '../../test/kafka/broker.js'

/** The Kafka that all engines of a run share, and what the harness does with it. */
export interface Cluster extends AsyncDisposable {
  readonly brokers: readonly string[]
  createTopic(name: string, partitions: number): Promise<void>
  /** The sum of a group's committed positions on a topic whose first offset is 0. */
  committed(group: string, topic: string): Promise<number>
}

/** Starts a broker for the run, or uses the cluster at `address`, a comma-separated list. */
export async function openCluster(address: string | undefined): Promise<Cluster> {
  const broker = address === undefined ? await startBroker() : undefined
  const brokers = broker?.brokers ?? address!.split(',')
  const admin = new Kafka({ clientId: 'sluice-bench', brokers: [...brokers], logLevel: logLevel.ERROR }).admin()
  await admin.connect()
  const made: string[] = []
  return {
    brokers,
    async createTopic(name, partitions) {
      // Event times lie in the past: by time, the records would be deleted at once.
      const configEntries = [{ name: 'retention.ms', value: '-1' }]
      await admin.createTopics({
        topics: [{ topic: name, numPartitions: partitions, configEntries }],
        waitForLeaders: true,
      })
      made.push(name)
    },
    committed: (group, topic) => committed(admin, group, topic),
    async [Symbol.asyncDispose]() {
      // A broker of our own goes with its directory; on a cluster of someone else's nothing is left behind.
      if (broker === undefined && made.length > 0) await admin.deleteTopics({ topics: made })
      await admin.disconnect()
      await broker?.stop()
    },
  }
}

async function committed(admin: Admin, group: string, topic: string): Promise<number> {
  const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
  return (offsets?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0)
}
