import { SluiceError } from '../errors.js'
import { partitionId, RecordHeaders, type HeadersInit } from '../record.js'
import { asBuffer } from '../serde/buffer.js'
import type { Serializer } from '../serde/serde.js'
import { checkOpen } from './check-open.js'
import { batchLimits, recordTooLarge } from './batch-limits.js'
import { BatchBuilder } from './batch/builder.js'
import type { Log, Producer } from './log.js'
import { partitionOf } from './partitioner.js'
import { unknownTopic } from './unknown-topic.js'

/** A topic as someone who writes it has to know it; a `topic(…)` of a pipeline is one. */
export interface WritableTopic<in K, in V> {
  readonly name: string
  readonly key: Serializer<K>
  readonly value: Serializer<V>
}

/** A record to be written. */
export interface RecordInit<K, V> {
  /** `null` is no key. */
  readonly key: K | null
  /** `null` is a tombstone. */
  readonly value: V | null
  /** Milliseconds since the epoch; now where it is left out. */
  readonly timestamp?: number
  readonly headers?: HeadersInit
  /** By Java's murmur2 of the key where it is left out; without a key, by turns. */
  readonly partition?: number
}

/** Batches of this many bytes go to the producer at once. */
const fullBatch = 256 << 10

/**
 * Writes single records through a producer of the log. What was written is visible once the producer has committed or
 * flushed; call `handOver` before either.
 *
 * @example
 * const log = await embedded('./data').open()
 * const producer = log.producer({ transactionalId: 'loader' })
 * await producer.init()
 * const writer = await recordWriter(log, producer, [jobs.name])
 * writer.write(jobs, { key: 'job-1', value: job })
 * writer.handOver()
 * await producer.commit({ group: 'loader', positions: [] })
 */
export interface RecordWriter {
  /** Answers the bytes added. @throws SluiceError UNKNOWN_TOPIC, SERIALIZE, BAD_ARGUMENT, RECORD_TOO_LARGE */
  write<K, V>(topic: WritableTopic<K, V>, record: RecordInit<K, V>): number
  /** Hands everything written so far to the producer. */
  handOver(): void
}

/** A writer to these topics. @throws SluiceError UNKNOWN_TOPIC, BAD_ARGUMENT for a log that is not open */
export async function recordWriter(log: Log, producer: Producer, topics: readonly string[]): Promise<RecordWriter> {
  checkOpen(log, 'recordWriter()')
  const partitions = new Map((await log.topics.describe(topics)).map(info => [info.name, info.partitions]))
  for (const name of topics) if (!partitions.has(name)) throw unknownTopic(name)

  const open = new Map<string, { topic: string; partition: number; builder: BatchBuilder }>()
  const limits = await batchLimits(log, topics)
  let turn = 0

  const builderOf = (topic: string, partition: number): BatchBuilder => {
    const id = partitionId(topic, partition)
    let entry = open.get(id)
    if (entry === undefined) open.set(id, (entry = { topic, partition, builder: new BatchBuilder() }))
    return entry.builder
  }

  return {
    write(topic, { key, value, timestamp = Date.now(), headers, partition }) {
      const count = partitions.get(topic.name)
      if (count === undefined) throw unknownTopic(topic.name)
      const keyBytes = key === null ? null : asBuffer(topic.key.serialize(key))
      const valueBytes = value === null ? null : topic.value.serialize(value)
      const target =
        partition ?? (keyBytes === null ? turn++ % count : partitionOf(keyBytes, 0, keyBytes.length, count))
      if (!Number.isInteger(target) || target < 0 || target >= count) {
        throw new SluiceError('BAD_ARGUMENT', `partition ${target} does not exist`, {
          place: { topic: topic.name },
          hint: `the topic has partitions 0 to ${count - 1}`,
        })
      }
      const limit = limits.get(topic.name) ?? log.maxBatchBytes
      const sent = RecordHeaders.from(headers)
      for (;;) {
        const builder = builderOf(topic.name, target)
        const before = builder.bytes
        builder.append(timestamp, keyBytes, valueBytes, sent)
        const bytes = builder.bytes - before
        const fits = builder.bytes <= limit
        if (fits && builder.bytes < fullBatch) return bytes
        if (!fits) builder.undo()
        if (builder.count === 0) throw recordTooLarge(topic.name, target, bytes, limit)
        open.delete(partitionId(topic.name, target))
        producer.append(topic.name, target, builder)
        if (fits) return bytes
      }
    },
    handOver() {
      for (const { topic, partition, builder } of open.values()) {
        if (builder.count > 0) producer.append(topic, partition, builder)
      }
      open.clear()
    },
  }
}
