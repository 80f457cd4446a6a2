import type { RecordHeaders } from '../record.js'
import type { TypedTopic } from './typed-topic.js'
import type { OutputTap } from './output-tap.js'

/** A record that the pipeline wrote. A null value is a tombstone. */
export interface OutputRecord<K, V> {
  readonly key: K | null
  readonly value: V | null
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly headers: RecordHeaders
}

/** Shows what was written to a topic, or to one of its partitions. */
export class DriverOutput<K, V> {
  readonly #tap: OutputTap
  readonly #topic: TypedTopic<K, V>
  readonly #partition: number | undefined

  constructor(tap: OutputTap, topic: TypedTopic<K, V>, partition?: number) {
    this.#tap = tap
    this.#topic = topic
    this.#partition = partition
  }

  /** The records since the last read, in the order of each partition. */
  read(): OutputRecord<K, V>[] {
    const { name, key: keys, value: values } = this.#topic
    return this.#tap.take(name, this.#partition).map(({ key, value, timestamp, headers }) => ({
      key: key === null ? null : keys.deserialize(key),
      value: value === null ? null : values.deserialize(value),
      timestamp,
      headers,
    }))
  }
}
