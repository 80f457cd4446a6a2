import type { RecordHeaders } from '../record.js'
import type { TypedTopic } from './driver.js'
import type { OutputTap } from './output-tap.js'

/** A record that the pipeline wrote. A null value is a tombstone. */
export interface OutputRecord<K, V> {
  readonly key: K | null
  readonly value: V | null
  readonly timestamp: number
  readonly headers: RecordHeaders
}

/** Shows what was written to a topic. */
export class DriverOutput<K, V> {
  readonly #tap: OutputTap
  readonly #topic: string | TypedTopic<K, V>

  constructor(tap: OutputTap, topic: string | TypedTopic<K, V>) {
    this.#tap = tap
    this.#topic = topic
  }

  /** The records since the last read, in the order of each partition. */
  read(): OutputRecord<K, V>[] {
    const topic = this.#topic
    if (typeof topic === 'string') return this.#tap.take(topic) as unknown as OutputRecord<K, V>[]
    return this.#tap.take(topic.name).map(({ key, value, timestamp, headers }) => ({
      key: key === null ? null : topic.key.deserialize(key),
      value: value === null ? null : topic.value.deserialize(value),
      timestamp,
      headers,
    }))
  }
}
