import { randomUUID } from 'node:crypto'
import { SluiceError } from '../../errors.js'
import type { TopicPartition } from '../../record.js'
import type { TopicInfo, Topics, TopicSpec } from '../log.js'
import { checkTopicName } from '../topic-name.js'
import { unknownPartition, unknownTopic } from '../unknown-topic.js'
import type { Change } from './storage.js'
import { topicSettings } from './topic-settings.js'
import { localTopic, type LocalPartition, type LocalTopic } from './topic.js'
import type { WriteQueue } from './write-queue.js'

/** Of one topic, as a Kafka controller makes at most at a time. Each takes memory for as long as the log is open. */
const mostPartitions = 10_000

/** The topics of a local log: what a broker's controller would keep. */
export class LocalTopics implements Topics {
  readonly #queue: WriteQueue
  readonly #topics = new Map<string, LocalTopic>()
  readonly #created: () => void
  readonly #autoCreate: number | undefined
  #nextNumber = 0

  /**
   * @param created runs when there are new topics
   * @param autoCreate partitions of topics that are made when they are asked for; absent: none are
   */
  constructor(queue: WriteQueue, created: () => void, autoCreate?: number) {
    this.#queue = queue
    this.#created = created
    this.#autoCreate = autoCreate
  }

  /** Topics that a former process left. */
  restore(topics: readonly LocalTopic[]): void {
    for (const topic of topics) {
      this.#nextNumber = Math.max(this.#nextNumber, topic.number + 1)
      this.#topics.set(topic.info.name, topic)
    }
  }

  all(): Iterable<LocalTopic> {
    return this.#topics.values()
  }

  /** @throws SluiceError UNKNOWN_TOPIC */
  topic(name: string): LocalTopic {
    const topic = this.#topics.get(name)
    if (topic !== undefined) return topic
    throw unknownTopic(name)
  }

  /** @throws SluiceError UNKNOWN_TOPIC */
  partition(name: string, index: number): LocalPartition {
    const topic = this.topic(name)
    const partition = topic.partitions[index]
    if (partition !== undefined) return partition
    throw unknownPartition(name, index, topic.partitions.length)
  }

  async create(specs: readonly TopicSpec[]): Promise<void> {
    const topics = specs.map(spec => this.#made(spec))
    await this.#queue.submit({
      prepare: change => {
        for (const [i, { info }] of topics.entries()) this.#checkNew(info.name, change, topics.slice(0, i))
        change.created.push(...topics)
      },
      applied: () => {
        for (const topic of topics) this.#topics.set(topic.info.name, topic)
        this.#created()
      },
    })
  }

  async list(): Promise<readonly string[]> {
    this.#queue.checkOpen()
    return [...this.#topics.keys()].sort()
  }

  async describe(names: readonly string[], options?: { config?: boolean }): Promise<readonly TopicInfo[]> {
    if (this.#autoCreate !== undefined) await this.#createMissing(names, this.#autoCreate)
    this.#queue.checkOpen()
    const infos = names.flatMap(name => this.#topics.get(name)?.info ?? [])
    return options?.config === true ? infos : infos.map(info => ({ ...info, config: {} }))
  }

  async #createMissing(names: readonly string[], partitions: number): Promise<void> {
    const missing = [...new Set(names)].filter(name => !this.#topics.has(name))
    if (missing.length > 0) await this.create(missing.map(name => ({ name, partitions })))
  }

  async delete(names: readonly string[]): Promise<void> {
    const topics: LocalTopic[] = []
    await this.#queue.submit({
      prepare: change => {
        topics.push(...new Set(names.map(name => this.topic(name))))
        change.dropped.push(...topics)
      },
      applied: () => {
        for (const topic of topics) {
          topic.deleted = true
          this.#topics.delete(topic.info.name)
          for (const partition of topic.partitions) wake(partition)
        }
      },
    })
  }

  async deleteRecords(before: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    let cuts: { partition: LocalPartition; start: number }[] = []
    await this.#queue.submit({
      prepare: change => {
        cuts = before.map(({ topic, partition: index, offset }) => {
          const partition = this.partition(topic, index)
          if (offset > partition.end || offset < 0) throw undeletable(partition, offset)
          return { partition, start: offset }
        })
        for (const { partition, start } of cuts) if (start > partition.start) change.mark(partition, { start })
      },
      applied: () => {
        // Counted anew when retention or compaction next asks. By now the topic may be gone, in the same write.
        for (const { partition } of cuts) partition.bytes = undefined
      },
    })
  }

  #made(spec: TopicSpec): LocalTopic {
    const { name, partitions, replicationFactor = 1 } = spec
    checkTopicName(name)
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > mostPartitions) {
      throw new SluiceError('BAD_ARGUMENT', `${partitions} is not a number of partitions`, {
        place: { topic: name },
        hint: `give a whole number from 1 to ${mostPartitions}`,
      })
    }
    if (replicationFactor !== 1) {
      throw new SluiceError(
        'REPLICATION',
        `a replication factor of ${replicationFactor} on a local log: it is one node`,
        {
          place: { topic: name },
          hint: 'use a replication factor of 1, or run on Kafka (--brokers)',
        },
      )
    }
    const settings = topicSettings(spec)
    const config = { ...spec.config }
    const info = { name, id: randomUUID(), partitions, replicationFactor, config, internal: false }
    return localTopic(info, this.#nextNumber++, settings)
  }

  #checkNew(name: string, change: Change, before: readonly LocalTopic[]): void {
    const others = [...change.created, ...before]
    if (!this.#topics.has(name) && !others.some(topic => topic.info.name === name)) return
    throw new SluiceError('TOPIC_EXISTS', `topic "${name}" exists already`, {
      place: { topic: name },
      hint: 'use it as it is, or choose another name; sluice topics create --if-not-exists leaves it alone',
    })
  }
}

/** Tells the readers to look again. */
export function wake(partition: LocalPartition): void {
  for (const watcher of partition.watchers) watcher()
}

function undeletable({ topic, index, start, end }: LocalPartition, offset: number): SluiceError {
  return new SluiceError(
    'OFFSET_OUT_OF_RANGE',
    `cannot delete before ${offset}: the partition holds ${start} to ${end}`,
    {
      place: { topic: topic.info.name, partition: index, offset },
    },
  )
}
