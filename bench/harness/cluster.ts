import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel, type Admin } from 'kafkajs'
import { kafka as kafkaLog } from '../../src/log/kafka/kafka.js'
import { partitionId } from '../../src/record.js'
import { startBroker } from '../../test/kafka/broker.js'
import { atEnd, removedAtEnd } from './at-end.js'
import { cpuSeconds } from './process.js'
import type { Log } from '../../src/log/log.js'

/** The Kafka that all engines of a run share, and what the harness does with it. */
export interface Cluster extends AsyncDisposable {
  readonly brokers: readonly string[]
  /** Topics, groups and application ids of this run begin with it. */
  readonly prefix: string
  createTopic(name: string, partitions: number): Promise<void>
  /** A group's committed positions on its inputs, and on them and all topics in between, whose first offsets are 0. */
  progress(group: string, inputs: readonly string[]): Promise<Progress>
  /** Whether a group has read its topics in between to their ends. */
  isThrough(group: string): Promise<boolean>
  /** CPU seconds of the brokers so far; NaN where they are not the harness's own. */
  cpuSeconds(): Promise<number>
  /** Deletes what an application left: its output, its internal topics. */
  forget(application: string): Promise<void>
}

export interface Progress {
  readonly inputs: number
  readonly all: number
}

/** Starts a broker for the run, or uses the cluster at `address`, a comma-separated list. */
export async function openCluster(address: string | undefined): Promise<Cluster> {
  const broker = address === undefined ? await startBroker({ forMeasurements: true }) : undefined
  if (broker !== undefined) {
    removedAtEnd(broker.directory)
    // It is killed when our pipe to it closes, behind that.
    atEnd(() => broker.freeze(1, true))
    void broker.lost.then(endRun)
  }
  const brokers = broker?.brokers ?? address!.split(',')
  // First, since its errors say more about addresses that are wrong.
  const log = await kafkaLog({ brokers: [...brokers] }).open()
  const kafka = new Kafka({ clientId: 'sluice-bench', brokers: [...brokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const prefix = `sluice-bench-${Date.now().toString(36)}`
  const createTopic = (name: string, partitions: number): Promise<void> => {
    // Event times lie in the past: by time, the records would be deleted at once.
    const configEntries = [{ name: 'retention.ms', value: '-1' }]
    const topics = [{ topic: name, numPartitions: partitions, configEntries }]
    return briefly(kafka, async one => {
      await one.createTopics({ topics, waitForLeaders: false })
      await awaitLeaders(one, name)
    })
  }
  await createTopic(prefix, 1)
  // A new broker may still be making these topics when it is first asked.
  await prime(kafka, prefix).catch(() => prime(kafka, prefix))
  return {
    brokers,
    prefix,
    createTopic,
    progress: (group, inputs) => progress(admin, group, inputs),
    isThrough: group => briefly(kafka, one => isThrough(one, log, group)),
    async cpuSeconds() {
      const each = await Promise.all((broker?.pids ?? [undefined]).map(cpuSeconds))
      return each.reduce((sum, seconds) => sum + seconds, 0)
    },
    forget: application => briefly(kafka, one => deleteTopics(one, `${application}-`)),
    async [Symbol.asyncDispose]() {
      // A broker of our own goes with its directory; on someone else's cluster nothing is left behind.
      if (broker === undefined) await tidy(admin, prefix)
      await log.close()
      await admin.disconnect()
      await broker?.stop()
    },
  }
}

/** Without its broker everyone would wait for it: engines for minutes, for what they have to close. */
function endRun(output: string): void {
  const last = output.split('\n').slice(-3).join('\n')
  console.error(`the broker of this run has ended by itself, so nothing more is measured; it said last:\n${last}`)
  process.exit(1)
}

/** A topic that was made a moment ago may be unknown to the broker that is asked; kafkajs takes that for an answer. */
async function awaitLeaders(admin: Admin, topic: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await admin.fetchTopicOffsets(topic)
      return
    } catch (error) {
      if (attempt === 50) throw error
      await sleep(100)
    }
  }
}

/** With a client of its own: kafkajs asks for the metadata of every topic that a client has met, and fails once it is deleted. */
async function briefly<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
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
  await deleteTopics(admin, prefix)
  const { groups } = await admin.listGroups()
  const ours = groups.map(({ groupId }) => groupId).filter(id => id.startsWith(prefix))
  if (ours.length > 0) await admin.deleteGroups(ours)
}

async function deleteTopics(admin: Admin, prefix: string): Promise<void> {
  const topics = (await admin.listTopics()).filter(name => name.startsWith(prefix))
  if (topics.length > 0) await admin.deleteTopics({ topics })
}

async function progress(admin: Admin, group: string, inputs: readonly string[]): Promise<Progress> {
  const sums = { inputs: 0, all: 0 }
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId: group })) {
    for (const { offset } of partitions) {
      const committed = Math.max(0, Number(offset))
      sums.all += committed
      if (inputs.includes(topic)) sums.inputs += committed
    }
  }
  return sums
}

/**
 * Repartition topics and those of foreign-key joins; both engines begin their names with the application's. Their ends are
 * those of all records, committed or not: the mark that ends a transaction is written partition by partition, so the
 * positions on an input may be there before what was made of it can be read.
 */
async function isThrough(admin: Admin, log: Log, group: string): Promise<boolean> {
  const names = (await admin.listTopics()).filter(
    name => name.startsWith(`${group}-`) && !name.endsWith('-changelog') && name !== outputOf(group),
  )
  if (names.length === 0) return true
  const groups = await admin.fetchOffsets({ groupId: group })
  const committed = new Map(
    groups.flatMap(({ topic, partitions }) => partitions.map(one => [partitionId(topic, one.partition), one.offset])),
  )
  const between = (await log.topics.describe(names)).flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
  )
  const ends = await log.endOffsets(between, 'read_uncommitted')
  return between.every(({ topic, partition }) => {
    const id = partitionId(topic, partition)
    return Number(committed.get(id) ?? 0) >= (ends.get(id) ?? 0)
  })
}

/** The topic that an application of the bench writes to. */
export function outputOf(application: string): string {
  return `${application}-output`
}
