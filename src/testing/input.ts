import { BatchBuilder } from '../log/batch/builder.js'
import { checkKnown, type KnownOptions } from '../known-options.js'
import type { Log } from '../log/log.js'
import { partitionOf } from '../log/partitioner.js'
import { asBuffer } from '../serde/buffer.js'
import { unpartitionedBytes } from '../serde/windowed.js'
import { RecordHeaders, type HeadersInit } from '../record.js'
import type { Clock } from '../time.js'
import type { TypedTopic } from './typed-topic.js'

/** What a record has beside its key and value, and where it goes. */
export interface SendOptions {
  /** Milliseconds since the epoch. Default: the wall clock. */
  readonly timestamp?: number
  /** Default: none. */
  readonly headers?: HeadersInit
  /** Default: by the key, as every producer does it, a window by its key alone; 0 without a key. */
  readonly partition?: number
}

const known: KnownOptions<SendOptions> = { timestamp: true, headers: true, partition: true }

/** What the driver does about a record that is sent. */
interface Around {
  readonly beforeSend: () => Promise<void>
  readonly afterSend: () => Promise<void>
}

/** Puts records into a topic. */
export class DriverInput<K, V> {
  readonly #log: Log
  readonly #topic: TypedTopic<K, V>
  readonly #clock: Clock
  readonly #around: Around

  constructor(log: Log, topic: TypedTopic<K, V>, clock: Clock, around: Around) {
    this.#log = log
    this.#topic = topic
    this.#clock = clock
    this.#around = around
  }

  /** Done when all that the record causes is done. A null value is a tombstone. @throws what stopped the pipeline */
  async send(key: K | null, value: V | null, options: SendOptions = {}): Promise<void> {
    const bytes = key === null ? null : this.#topic.key.serialize(key)
    await this.sendBytes(bytes, value === null ? null : this.#topic.value.serialize(value), options)
  }

  /** As `send`, past the serdes: for bytes that they would not write. */
  async sendBytes(key: Uint8Array | null, value: Uint8Array | null, options: SendOptions = {}): Promise<void> {
    checkKnown('send()', options, known)
    const { name } = this.#topic
    await this.#around.beforeSend()
    const builder = new BatchBuilder()
    builder.append(options.timestamp ?? this.#clock.now(), key, value, RecordHeaders.from(options.headers))
    const [info] = await this.#log.topics.describe([name])
    const partition = options.partition ?? this.#byKey(key, info!.partitions)
    const producer = this.#log.producer({})
    await producer.init()
    producer.append(name, partition, builder)
    await producer.flush()
    await producer.close()
    await this.#around.afterSend()
  }

  #byKey(key: Uint8Array | null, partitions: number): number {
    if (key === null) return 0
    const end = Math.max(0, key.length - unpartitionedBytes(this.#topic.key))
    return partitionOf(asBuffer(key), 0, end, partitions)
  }
}
