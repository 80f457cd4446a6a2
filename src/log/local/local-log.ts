import { SluiceError } from '../../errors.js'
import { partitionId, type TopicPartition } from '../../record.js'
import type { StateDb } from '../../store/state-db.js'
import type { Clock } from '../../time.js'
import type { RecordBatch } from '../batch/batch.js'
import type { Log, Member, MemberOptions, Position, Producer, ProducerOptions, Reader, ReaderOptions } from '../log.js'
import { partitionsOf } from '../partitions-of.js'
import { LocalTopics, wake } from './catalogue.js'
import { Cleaner } from './cleaner.js'
import { LocalGroup } from './group.js'
import { LocalMember } from './member.js'
import { LocalProducer } from './producer.js'
import { LocalReader } from './reader.js'
import { RecentBatches } from './recent-batches.js'
import type { Change, Storage } from './storage.js'
import type { Groups, LocalPartition, LocalTopic } from './topic.js'
import { WriteQueue } from './write-queue.js'

/** Kafka's default of `max.message.bytes`. */
export const defaultMaxBatchBytes = 1_048_588

export interface LocalLogOptions {
  readonly kind: 'memory' | 'embedded'
  readonly clock: Clock
  readonly maxBatchBytes: number
  /** Milliseconds between two runs of `maintain`; absent: only when called. */
  readonly maintenanceInterval: number | undefined
  /** Bytes of batches held in memory. Without a storage there is nowhere else: Infinity. */
  readonly recentBytes: number
  readonly storage: Storage | undefined
  /** Partitions of topics that are made when they are asked for; absent: none are. */
  readonly autoCreate?: number | undefined
}

/**
 * A log within this process: the whole of the memory log, and all of the embedded one but its storage. Every append is
 * one atomic write, so both isolation levels read the same.
 */
export class LocalLog implements Log {
  readonly kind: 'memory' | 'embedded'
  readonly maxBatchBytes: number
  readonly topics: LocalTopics
  readonly state?: StateDb
  readonly #clock: Clock
  readonly #storage: Storage | undefined
  readonly #queue: WriteQueue
  readonly #cleaner: Cleaner
  readonly #positions: Groups = new Map()
  readonly #recent: RecentBatches
  readonly #groups = new Map<string, LocalGroup>()
  readonly #epochs = new Map<string, number>()
  readonly #readers = new Set<LocalReader>()

  constructor(options: LocalLogOptions) {
    this.kind = options.kind
    this.maxBatchBytes = options.maxBatchBytes
    this.#clock = options.clock
    this.#storage = options.storage
    if (options.storage !== undefined) this.state = options.storage.state
    this.#queue = new WriteQueue(change => this.#write(change))
    this.#recent = new RecentBatches(options.recentBytes)
    this.topics = new LocalTopics(this.#queue, () => this.#cleaner.schedule(), options.autoCreate)
    this.#cleaner = new Cleaner({
      clock: this.#clock,
      interval: options.maintenanceInterval,
      queue: this.#queue,
      topics: () => this.topics.all(),
      read: (partition, from, maxBytes, aligned) => this.#read(partition, from, maxBytes, aligned),
    })
  }

  /** Takes up what a former process left. */
  async load(): Promise<void> {
    const loaded = await this.#storage?.load()
    if (loaded === undefined) return
    this.topics.restore(loaded.topics)
    for (const [group, positions] of loaded.groups) this.#positions.set(group, positions)
    this.#cleaner.schedule()
  }

  async committed(group: string, partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, Position>> {
    await this.#queue.settled()
    const all = this.#positions.get(group)
    const found = new Map<string, Position>()
    for (const { topic, partition } of partitions) {
      const position = all?.get(partitionId(topic, partition))
      if (position !== undefined) found.set(partitionId(topic, partition), position)
    }
    return found
  }

  async allCommitted(group: string): Promise<readonly (TopicPartition & Position)[]> {
    const all = [...this.topics.all()].flatMap(({ info }) => partitionsOf(info))
    const committed = await this.committed(group, all)
    return all.flatMap(at => {
      const position = committed.get(partitionId(at.topic, at.partition))
      return position === undefined ? [] : [{ ...at, ...position }]
    })
  }

  async startOffsets(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>> {
    return this.#offsets(partitions, partition => partition.start)
  }

  async endOffsets(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>> {
    return this.#offsets(partitions, partition => partition.end)
  }

  async offsetsAt(partitions: readonly TopicPartition[], timestamp: number): Promise<ReadonlyMap<string, number>> {
    const offsets = new Map<string, number>()
    for (const { topic, partition } of partitions) {
      const at = await this.#offsetAt(this.topics.partition(topic, partition), timestamp)
      offsets.set(partitionId(topic, partition), at)
    }
    return offsets
  }

  reader(options: ReaderOptions): Reader {
    const reader = new LocalReader(
      {
        partition: (topic, partition) => this.topics.partition(topic, partition),
        read: (partition, from, maxBytes, aligned) => this.#read(partition, from, maxBytes, aligned),
        closed: closed => this.#readers.delete(closed),
      },
      options,
    )
    this.#readers.add(reader)
    return reader
  }

  producer(options: ProducerOptions): Producer {
    const host = {
      queue: this.#queue,
      epochs: this.#epochs,
      state: this.state,
      partition: (topic: string, partition: number) => this.topics.partition(topic, partition),
      group: (name: string) => this.#group(name),
      batchLimit: ({ topic }: LocalPartition) => topic.settings.maxMessageBytes ?? this.maxBatchBytes,
    }
    return new LocalProducer(host, options)
  }

  member(options: MemberOptions): Member {
    return new LocalMember(this.#group(options.group), options)
  }

  /** Ends a membership as an expired session would on Kafka. For tests and the simulator. */
  expire(memberId: string): void {
    for (const group of this.#groups.values()) if (group.expire(memberId)) return
  }

  /** Applies retention and compaction now; otherwise a timer does. */
  async maintain(): Promise<void> {
    await this.#cleaner.run()
  }

  async close(): Promise<void> {
    await this.#cleaner.close()
    await Promise.all([...this.#readers].map(reader => reader.close()))
    await this.#queue.close()
    await this.#storage?.close()
  }

  #group(name: string): LocalGroup {
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = new LocalGroup(name, this.#clock, () => this.#queue.settled())
      this.#groups.set(name, group)
    }
    return group
  }

  #offsets(partitions: readonly TopicPartition[], of: (partition: LocalPartition) => number): Map<string, number> {
    return new Map(
      partitions.map(({ topic, partition }) => {
        return [partitionId(topic, partition), of(this.topics.partition(topic, partition))] as const
      }),
    )
  }

  async #offsetAt(partition: LocalPartition, timestamp: number): Promise<number> {
    let next = partition.start
    for (let aligned = false; next < partition.end; aligned = true) {
      for (const batch of await this.#read(partition, next, 1024 * 1024, aligned)) {
        next = batch.lastOffset + 1
        if (batch.maxTimestamp < timestamp) continue
        const cursor = batch.cursor()
        while (cursor.next()) {
          if (cursor.timestamp >= timestamp && cursor.offset >= partition.start) return cursor.offset
        }
      }
    }
    return partition.end
  }

  #read(
    partition: LocalPartition,
    from: number,
    maxBytes: number,
    aligned: boolean,
  ): RecordBatch[] | Promise<RecordBatch[]> {
    const first = partition.recent.first?.baseOffset
    if (this.#storage === undefined || (first !== undefined && from >= first)) {
      return partition.recent.from(from, maxBytes)
    }
    return this.#storage.read(partition, from, maxBytes, aligned)
  }

  #write(change: Change): Promise<void> | undefined {
    const written = this.#storage?.write(change)
    if (written === undefined) {
      this.#applied(change)
      return undefined
    }
    return written.then(() => this.#applied(change))
  }

  /** What is written becomes readable, all of it in one turn. */
  #applied(change: Change): void {
    for (const { group, at } of change.positions) this.#setPosition(group, at)
    const extended = new Set<LocalPartition>()
    for (const { partition, batch } of change.appended) {
      this.#recent.add(partition, batch)
      partition.end = batch.lastOffset + 1
      partition.lastBase = batch.baseOffset
      if (partition.bytes !== undefined) partition.bytes += batch.bytes
      extended.add(partition)
    }
    for (const { partition, base, batch } of change.compacted) this.#recent.replace(partition, base, batch)
    for (const [partition, { start, compacted }] of change.marked) {
      partition.compacted = compacted
      if (start > partition.start) this.#cut(partition, start)
    }
    for (const topic of change.dropped) this.#forget(topic)
    for (const partition of extended) wake(partition)
  }

  #setPosition(group: string, { topic, partition, offset, metadata }: TopicPartition & Position): void {
    let positions = this.#positions.get(group)
    if (positions === undefined) this.#positions.set(group, (positions = new Map()))
    positions.set(partitionId(topic, partition), { offset, metadata })
  }

  #cut(partition: LocalPartition, start: number): void {
    partition.start = start
    this.#recent.dropBefore(partition, start)
    this.#storage?.trim(partition)
    wake(partition)
  }

  #forget(topic: LocalTopic): void {
    for (const partition of topic.partitions) this.#recent.dropBefore(partition, Infinity)
    this.#storage?.drop(topic)
    for (const positions of this.#positions.values()) {
      for (const { index } of topic.partitions) positions.delete(partitionId(topic.info.name, index))
    }
  }
}

/** @throws SluiceError BAD_ARGUMENT */
export function checkBatchLimit(maxBatchBytes: number): number {
  if (Number.isInteger(maxBatchBytes) && maxBatchBytes >= 1024 && maxBatchBytes <= 0x3fff_ffff) return maxBatchBytes
  throw new SluiceError('BAD_ARGUMENT', `maxBatchBytes ${maxBatchBytes} is not a size`, {
    hint: 'give a number of bytes from 1024 to 1 GiB',
  })
}
