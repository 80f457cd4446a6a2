import type { Log, Reader } from '../log/log.js'
import { partitionsOf } from '../log/partitions-of.js'
import { partitionId, type RecordHeaders, type TopicPartition } from '../record.js'
import { signalled } from '../log/wake.js'

/** A record as it lies in a topic. */
export interface RawRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: number
  readonly headers: RecordHeaders
  readonly partition: number
}

/** Collects what is written to any topic, so that the driver can show it without waiting. */
export class OutputTap {
  readonly #log: Log
  readonly #reader: Reader
  readonly #wake = signalled()
  readonly #next = new Map<string, number>()
  readonly #records = new Map<string, RawRecord[]>()

  constructor(log: Log) {
    this.#log = log
    this.#reader = log.reader({ isolation: 'read_committed', onReady: this.#wake.call })
  }

  /** Whether the log has the topic. */
  has(topic: string): boolean {
    return this.#next.has(partitionId(topic, 0))
  }

  /** The records of a topic, or of one of its partitions, since the last call. */
  take(topic: string, partition?: number): readonly RawRecord[] {
    const records = this.#records.get(topic) ?? []
    if (partition === undefined) {
      this.#records.delete(topic)
      return records
    }
    this.#records.set(
      topic,
      records.filter(record => record.partition !== partition),
    )
    return records.filter(record => record.partition === partition)
  }

  /** Reads every topic up to its present end. */
  async collect(): Promise<void> {
    const partitions = await this.#partitions()
    const ends = await this.#log.endOffsets(partitions, 'read_committed')
    for (const { topic, partition } of partitions) {
      const id = partitionId(topic, partition)
      if (this.#next.has(id)) continue
      this.#next.set(id, 0)
      this.#reader.seek(topic, partition, 0)
    }
    while (partitions.some(({ topic, partition }) => this.#behind(partitionId(topic, partition), ends))) {
      const waiting = this.#wake.wait()
      if (!this.#poll()) await waiting
    }
  }

  close(): Promise<void> {
    return this.#reader.close()
  }

  async #partitions(): Promise<TopicPartition[]> {
    const infos = await this.#log.topics.describe(await this.#log.topics.list())
    return infos.flatMap(partitionsOf)
  }

  #behind(id: string, ends: ReadonlyMap<string, number>): boolean {
    return this.#next.get(id)! < ends.get(id)!
  }

  #poll(): boolean {
    const fetched = this.#reader.poll()
    for (const { topic, partition, batches, next } of fetched) {
      const id = partitionId(topic, partition)
      let records = this.#records.get(topic)
      if (records === undefined) this.#records.set(topic, (records = []))
      for (const batch of batches) {
        const cursor = batch.cursor()
        while (cursor.next()) {
          if (cursor.offset < this.#next.get(id)!) continue
          const { buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp } = cursor
          records.push({
            key: keyEnd < 0 ? null : Buffer.from(buffer.subarray(keyStart, keyEnd)),
            value: valueEnd < 0 ? null : Buffer.from(buffer.subarray(valueStart, valueEnd)),
            timestamp,
            headers: cursor.headers(),
            partition,
          })
        }
      }
      this.#next.set(id, next)
    }
    return fetched.length > 0
  }
}
