import type { CurrentRecord } from '../operators/operator.js'
import { RecordHeaders, type StreamRecord } from '../record.js'
import type { RecordCursor } from '../log/batch/cursor.js'

/** Stands for a key or value that nothing looks at: a sink copies the source's bytes instead. */
export const unread: unique symbol = Symbol('unread')

/** The record that a task works on: a window on the cursor of its partition. */
export class TaskRecord implements CurrentRecord {
  topic = ''
  partition = -1
  offset = -1
  /** Where the source bytes lie; none while a task flushes its stores. */
  cursor: RecordCursor | undefined
  outdated = false
  #headers: RecordHeaders | undefined

  point(topic: string, partition: number, cursor: RecordCursor): void {
    this.topic = topic
    this.partition = partition
    this.offset = cursor.offset
    this.cursor = cursor
    this.#headers = undefined
  }

  /** Between records: what is forwarded now comes from the state, not from one record. */
  clear(partition: number): void {
    this.topic = ''
    this.partition = partition
    this.offset = -1
    this.cursor = undefined
    this.#headers = RecordHeaders.none
  }

  get headers(): RecordHeaders {
    return (this.#headers ??= this.cursor?.headers() ?? RecordHeaders.none)
  }

  set headers(headers: RecordHeaders) {
    this.#headers = headers
  }

  view<K, V>(key: K, value: V, timestamp: number): StreamRecord<K, V> {
    const { topic, partition, offset, headers } = this
    return { key, value, timestamp, headers, topic, partition, offset }
  }
}
