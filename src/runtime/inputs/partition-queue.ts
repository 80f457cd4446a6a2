import { readFailure } from '../../serde/failure.js'
import type { RecordBatch } from '../../log/batch/batch.js'
import type { RecordCursor } from '../../log/batch/cursor.js'
import type { Fetched } from '../../log/log.js'
import type { SourceSpec } from '../../topology/spec.js'
import { unread } from '../../serde/unread.js'
import type { SourceBytes, TaskRecord } from '../current-record.js'
import { levelOf } from './input-choices.js'
import type { InputQueue } from './input-queue.js'
import { checkAscends, checkTime, extracted, isTime } from './event-time.js'
import type { LookAhead } from './look-ahead.js'
import type { RateSlots } from './rate-slots.js'

/** How the records of a partition are read: what its source says, and what the operators behind it look at. */
export interface SourceReading {
  readonly node: SourceSpec
  readonly needsKey: boolean
  readonly needsExactKey: boolean
  readonly needsValue: boolean
}

/** Where the parts of a record are put when they are read. */
interface Read {
  key: unknown
  value: unknown
  /** Why they cannot be. */
  failure: unknown
}

/**
 * What was fetched of one partition and not yet processed. `ready` puts the record at the head into `key`, `value` and
 * `timestamp`; nothing is allocated per record but what the serdes make.
 */
export class PartitionQueue implements InputQueue {
  readonly topic: string
  readonly partition: number
  key: unknown
  value: unknown
  timestamp = -1
  /** Why the head cannot be processed, if it cannot. */
  failure: unknown
  /** The end of the partition, as far as known. */
  end: number
  bytes = 0
  /** The higher, the sooner. */
  readonly level: number
  /** Set where only so many records may go in a time. */
  readonly gate: RateSlots | undefined
  /** Where its waiting bytes lie over the bound, the reader is told to hold it. */
  held = false
  heard = true

  /** The latest time before the position; -1 unless the source says that times ascend. */
  latest: number

  /** The latest time once the head is done. */
  #latestThen: number
  readonly #reading: SourceReading
  /** Whether a record's time is asked for or checked. */
  readonly #timed: boolean
  readonly #batches: RecordBatch[] = []
  readonly #lookAhead: LookAhead | undefined
  /** How many of the batches were looked at, and their records. */
  #seen = 0
  #seenRecords = 0
  #cursor: RecordCursor | undefined
  #ready = false
  /** The next offset to process. */
  #position: number
  /** The offset after all that was fetched. */
  #fetched: number

  constructor(
    topic: string,
    partition: number,
    position: number,
    end: number,
    reading: SourceReading,
    latest: number = -1,
    gate?: RateSlots,
    lookAhead?: LookAhead,
  ) {
    this.gate = gate
    this.#lookAhead = lookAhead
    this.topic = topic
    this.partition = partition
    this.#position = position
    this.#fetched = position
    this.end = end
    this.#reading = reading
    const { timestamp, ascending } = reading.node
    this.#timed = timestamp !== undefined || ascending === true
    this.latest = this.#latestThen = ascending === true ? latest : -1
    this.level = levelOf(reading.node)
  }

  add(fetched: Fetched): void {
    for (const batch of fetched.batches) {
      this.#batches.push(batch)
      this.bytes += batch.end - batch.start
    }
    this.#look()
    this.#fetched = fetched.next
    this.end = Math.max(fetched.end, fetched.next)
  }

  /** The position to commit: past control batches and gaps once everything fetched is processed. */
  get position(): number {
    return this.#ready || this.#batches.length > 0 ? this.#position : Math.max(this.#position, this.#fetched)
  }

  readonly ahead = ''

  get lag(): number {
    return Math.max(0, this.end - this.position)
  }

  /**
   * Nothing may be taken, though the partition is known to hold more: whoever merges by time has to wait (KIP-695).
   */
  get waiting(): boolean {
    return !this.ready && (this.#ready || this.#fetched < this.end)
  }

  /** Whether there is a record at the head. */
  get ready(): boolean {
    return (this.#ready || this.#load()) && (this.gate === undefined || this.gate.open)
  }

  opensAt(since: number): number {
    return this.#ready && this.gate !== undefined ? this.gate.opensAt(since) : Number.POSITIVE_INFINITY
  }

  /** The time of the oldest record that waits here, as far as it is known; that of its batch while none was taken apart. */
  get oldest(): number | undefined {
    return this.#ready ? this.timestamp : this.#batches[0]?.baseTimestamp
  }

  /** The record at the head is done. */
  done(): void {
    this.#position = this.#cursor!.offset + 1
    this.#ready = false
    this.latest = this.#latestThen
    this.gate?.take()
  }

  /** Makes the head the task's current record and reads what is needed of it. Answers whether it can be processed. */
  take(record: TaskRecord): boolean {
    const cursor = this.#cursor!
    record.point(this.topic, this.partition, cursor)
    if (this.failure === undefined && this.#reading.node.timestamp === undefined) decode(this.#reading, cursor, this)
    record.value = this.value
    return this.failure === undefined
  }

  /** The record at the head, where its bytes lie until `done`. */
  get head(): SourceBytes {
    return this.#cursor!
  }

  #load(): boolean {
    for (;;) {
      if (this.#cursor !== undefined) {
        this.#lookAhead?.takes()
        while (this.#cursor.next()) {
          if (this.#cursor.offset < this.#position) continue
          this.#head(this.#cursor)
          return (this.#ready = true)
        }
        const done = this.#batches.shift()!
        this.bytes -= done.end - done.start
        this.#position = Math.max(this.#position, done.lastOffset + 1)
        this.#cursor = undefined
        if (this.#seen > 0) {
          this.#seen--
          this.#seenRecords -= done.count
        }
      }
      const first = this.#batches[0]
      if (first === undefined) return false
      this.#cursor = first.cursor()
      this.#lookAhead?.begins(first)
      this.#look()
    }
  }

  #look(): void {
    if (this.#lookAhead === undefined) return
    while (this.#seen < this.#batches.length && this.#lookAhead.sees(this.#seenRecords)) {
      const batch = this.#batches[this.#seen++]!
      this.#lookAhead.waits(batch, this.#seenRecords)
      this.#seenRecords += batch.count
    }
  }

  #head(cursor: RecordCursor): void {
    this.failure = undefined
    this.timestamp = cursor.timestamp
    if (!this.#timed && isTime(this.timestamp)) return
    const { timestamp: extract, ascending } = this.#reading.node
    try {
      if (extract === undefined) checkTime(this.timestamp)
      else {
        decode(this.#reading, cursor, this)
        if (this.failure !== undefined) return
        const { topic, partition, key, value } = this
        const { timestamp, offset } = cursor
        const headers = cursor.headers()
        this.timestamp = extracted(extract, { key, value, timestamp, headers, topic, partition, offset })
      }
      if (ascending !== true) return
      checkAscends(this.timestamp, this.latest)
      this.#latestThen = this.timestamp
    } catch (error) {
      // That nothing was thrown is not what an extractor says that throws nothing.
      this.failure = error === undefined ? String(error) : error
    }
  }
}

/** Reads what is needed of a record. */
export function decode(
  { node, needsKey, needsExactKey, needsValue }: SourceReading,
  bytes: SourceBytes,
  into: Read,
): void {
  const { buffer, keyStart, keyEnd, valueStart, valueEnd } = bytes
  try {
    const readsKey = needsKey || (needsExactKey && !node.key.isExact!(buffer, keyStart, keyEnd))
    into.key = keyEnd < 0 ? null : readsKey ? read(node.key, buffer, keyStart, keyEnd) : unread
    into.value = valueEnd < 0 ? null : needsValue ? read(node.value, buffer, valueStart, valueEnd) : unread
  } catch (error) {
    into.failure = readFailure(error)
  }
}

function read(serde: SourceSpec['key'], buffer: Buffer, start: number, end: number): unknown {
  return serde.deserializeFrom === undefined
    ? serde.deserialize(buffer.subarray(start, end))
    : serde.deserializeFrom(buffer, start, end)
}
