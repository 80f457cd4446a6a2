import type { CurrentRecord } from '../operators/operator.js'
import type { Wait } from '../operators/suspend.js'
import { RecordHeaders, type StreamRecord } from '../record.js'
import type { UnreadBytes } from '../serde/unread.js'
import type { KeptRecord, KeptSource } from '../store/pending-entry.js'

/** A source record as it came: where its bytes lie. A cursor at a record is one. */
export interface SourceBytes extends UnreadBytes {
  readonly offset: number
  readonly timestamp: number
  headers(): RecordHeaders
}

/** The record that a task works on: a window on the cursor of its partition. */
export class TaskRecord implements CurrentRecord {
  topic = ''
  partition = -1
  offset = -1
  path = ''
  turn = 0
  outermost = 0
  tries = 1
  hold: number = Number.POSITIVE_INFINITY
  /** Where the source bytes lie; none while a task flushes its stores, or goes on with what a pending entry kept. */
  cursor: SourceBytes | undefined
  /** Where what is `unread` lies: in the source's bytes, or in those of a store that tells a change. */
  unread: UnreadBytes | undefined
  outdated = false
  /** What the value was read as. */
  value: unknown
  #headers: RecordHeaders | undefined
  #turns = 0
  readonly #keepsSource: boolean

  /** @param keepsSource whether what is kept of a record may end on a dead-letter topic */
  constructor(keepsSource: boolean = false) {
    this.#keepsSource = keepsSource
  }

  point(topic: string, partition: number, cursor: SourceBytes): void {
    this.topic = topic
    this.partition = partition
    this.offset = cursor.offset
    this.path = ''
    this.#begin()
    this.tries = 1
    this.cursor = cursor
    this.unread = cursor
    this.#headers = undefined
  }

  /** Between records: what is forwarded now comes from the state, not from one record. */
  clear(partition: number): void {
    this.topic = ''
    this.partition = partition
    this.offset = -1
    this.path = ''
    this.#begin()
    this.tries = 1
    this.cursor = undefined
    this.value = undefined
    this.unread = undefined
    this.#headers = RecordHeaders.none
  }

  keep(index: string): KeptRecord {
    const { topic, partition, offset, headers, cursor } = this
    const source = cursor !== undefined && this.#keepsSource ? sourceOf(cursor) : undefined
    return { topic, partition, offset, path: `${this.path}.${index}`, headers, source }
  }

  resume({ topic, partition, offset, path, headers, source }: KeptRecord): void {
    this.topic = topic
    this.partition = partition
    this.offset = offset
    this.path = path
    this.#begin()
    this.tries = 1
    this.cursor = source === undefined ? undefined : bytesOf(offset, source)
    this.value = undefined
    this.unread = this.cursor
    this.#headers = headers
  }

  under(index: string, work: () => Wait): Wait {
    const { path } = this
    this.path = `${path}.${index}`
    const wait = work()
    if (wait !== undefined) return wait.then(() => void (this.path = path))
    this.path = path
  }

  within(kept: KeptRecord, work: () => Wait): Wait {
    const { topic, partition, offset, path, turn, outermost, tries, cursor, unread, value } = this
    const headers = this.#headers
    const back = (): void => {
      Object.assign(this, { topic, partition, offset, path, turn, outermost, tries, cursor, unread, value })
      this.#headers = headers
    }
    this.resume(kept)
    this.outermost = outermost
    // What throws here ends the task.
    const wait = work()
    if (wait !== undefined) return wait.then(back)
    back()
  }

  #begin(): void {
    // A small integer for ever: numbers beyond would be allocated.
    this.#turns = (this.#turns + 1) & 0x3fffffff
    this.turn = this.outermost = this.#turns
  }

  get headers(): RecordHeaders {
    return (this.#headers ??= this.cursor?.headers() ?? RecordHeaders.none)
  }

  set headers(headers: RecordHeaders) {
    this.#headers = headers
  }

  bytesOf(value: unknown): UnreadBytes | undefined {
    return value != null && value === this.value ? this.cursor : undefined
  }

  view<K, V>(key: K, value: V, timestamp: number): StreamRecord<K, V> {
    const { topic, partition, offset, headers } = this
    return { key, value, timestamp, headers, topic, partition, offset }
  }
}

function sourceOf(cursor: SourceBytes): KeptSource {
  const { buffer, timestamp, keyStart, keyEnd, valueStart, valueEnd } = cursor
  return {
    timestamp,
    headers: cursor.headers(),
    key: keyEnd < 0 ? null : Buffer.from(buffer.subarray(keyStart, keyEnd)),
    value: valueEnd < 0 ? null : Buffer.from(buffer.subarray(valueStart, valueEnd)),
  }
}

function bytesOf(offset: number, { timestamp, headers, key, value }: KeptSource): SourceBytes {
  const buffer = Buffer.concat([key ?? Buffer.alloc(0), value ?? Buffer.alloc(0)])
  const length = key?.length ?? 0
  return {
    buffer,
    offset,
    timestamp,
    keyStart: 0,
    keyEnd: key === null ? -1 : length,
    valueStart: length,
    valueEnd: value === null ? -1 : buffer.length,
    headers: () => headers,
  }
}
