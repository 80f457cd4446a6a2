import { DoneOffsets } from '../../log/done-offsets.js'
import type { Log, Position } from '../../log/log.js'
import { partitionsOf } from '../../log/partitions-of.js'
import { unknownTopic } from '../../log/unknown-topic.js'
import { partitionId, type TopicPartition } from '../../record.js'

/** Kafka's `offset.metadata.max.bytes`, by default. */
const longestMetadata = 4096

/** The group whose positions on a dead-letter topic say which of its letters were replayed. */
export function replayGroup(topic: string): string {
  return `${topic}-replay`
}

interface At {
  readonly partition: number
  readonly offset: number
}

/** Which letters of a topic were replayed: a position for each partition, with those ahead of it in the metadata. */
export class Replayed {
  readonly #topic: string
  readonly #done: readonly DoneOffsets[]

  private constructor(topic: string, done: readonly DoneOffsets[]) {
    this.#topic = topic
    this.#done = done
  }

  /** As committed. @throws SluiceError UNKNOWN_TOPIC */
  static async read(log: Log, topic: string): Promise<Replayed> {
    const [info] = await log.topics.describe([topic])
    if (info === undefined) throw unknownTopic(topic)
    const all = partitionsOf(info)
    const [committed, starts] = await Promise.all([log.committed(replayGroup(topic), all), log.startOffsets(all)])
    const done = all.map(({ partition }) => {
      const id = partitionId(topic, partition)
      const { offset, metadata } = committed.get(id) ?? { offset: 0, metadata: '' }
      const offsets = DoneOffsets.parse(offset, metadata)
      // What the topic no longer holds leaves no gap.
      offsets.addRange(0, starts.get(id) ?? 0)
      return offsets
    })
    return new Replayed(topic, done)
  }

  has({ partition, offset }: At): boolean {
    return this.#done[partition]!.has(offset)
  }

  add({ partition, offset }: At): void {
    this.#done[partition]!.add(offset)
  }

  /** What lies between two letters that follow each other is none: the marks that transactions leave, above all. */
  passed(after: number, { partition, offset }: At): void {
    this.#done[partition]!.addRange(after, offset)
  }

  get positions(): readonly (TopicPartition & Position)[] {
    return this.#done.map((done, partition) => ({
      topic: this.#topic,
      partition,
      offset: done.position,
      metadata: done.text(),
    }))
  }

  /** Whether the note of what lies ahead still fits into a position. */
  get fits(): boolean {
    return this.#done.every(done => done.ranges < longestMetadata / 16 || done.text().length <= longestMetadata)
  }
}
