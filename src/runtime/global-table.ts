import type { Log, TopicInfo } from '../log/log.js'
import type { Fetched } from '../log/log.js'
import { partitionsOf } from '../log/partitions-of.js'
import { partitionId, type TopicPartition } from '../record.js'
import { SluiceError } from '../errors.js'
import { readFailure } from '../serde/failure.js'
import { createKeyValueStore, type CachedStore } from '../store/cached-store.js'
import type { StateDb, StateStore } from '../store/state-db.js'
import type { RecordCursor } from '../log/batch/cursor.js'
import type { GlobalTableSpec } from '../topology/spec.js'
import { mayGoOn, type StoredPosition } from './stored-position.js'

export interface GlobalTableParts {
  readonly spec: GlobalTableSpec
  readonly db: StateDb
  /** The name of its store in the database. */
  readonly stateName: string
  readonly cacheBytes: number
  readonly now: () => number
  /** What becomes of a record that cannot be taken in. @throws what stops the pipeline */
  readonly fail: (error: SluiceError, topic: string, partition: number, cursor: RecordCursor) => void
}

/** One global table: its rows, and how far it has read its topic. Rows and positions are written together. */
export class GlobalTable {
  readonly spec: GlobalTableSpec
  readonly rows: CachedStore<unknown, unknown>
  readonly #parts: GlobalTableParts
  readonly #next = new Map<number, number>()
  /** As `#next`, of what is written. */
  #written: ReadonlyMap<number, number> = new Map()
  #topicId = ''

  constructor(parts: GlobalTableParts) {
    const { spec, db, stateName, cacheBytes } = parts
    const { name, key, value } = spec
    this.spec = spec
    this.#parts = parts
    this.rows = createKeyValueStore<any, any>({ name, key, value, db: db.store(stateName), cache: false, cacheBytes })
  }

  get partitions(): readonly TopicPartition[] {
    return [...this.#next.keys()].map(partition => ({ topic: this.spec.topic, partition }))
  }

  /** The next offset to read of a partition. */
  next(partition: number): number {
    return this.#next.get(partition)!
  }

  get state(): StateStore {
    return this.#parts.db.store(this.#parts.stateName)
  }

  /** Finds where to go on; where what is there no longer fits the topic, from the beginning with nothing. */
  async open(log: Log, info: TopicInfo): Promise<void> {
    this.#topicId = info.id
    const all = partitionsOf(info)
    const starts = await log.startOffsets(all)
    const ends = await log.endOffsets(all, 'read_uncommitted')
    const now = this.#parts.now()
    const stored = all.map(({ partition }) => this.#stored(partition))
    const fits = all.every(({ topic, partition }, i) => {
      const position = stored[i]
      if (position === undefined) return true
      const id = partitionId(topic, partition)
      const [start, end] = [starts.get(id)!, ends.get(id)!]
      return mayGoOn(position, info, [start, end], position.offset >= end, now)
    })
    if (!fits) await this.#clear()
    all.forEach(({ topic, partition }, i) => {
      const position = fits ? stored[i] : undefined
      this.#next.set(partition, position?.offset ?? starts.get(partitionId(topic, partition))!)
    })
    this.#written = new Map(this.#next)
  }

  /** The topic may have more partitions now. */
  async grow(log: Log, info: TopicInfo): Promise<void> {
    const added = partitionsOf(info).filter(({ partition }) => !this.#next.has(partition))
    const starts = await log.startOffsets(added)
    for (const { topic, partition } of added) this.#next.set(partition, starts.get(partitionId(topic, partition))!)
    this.#written = new Map([...this.#next, ...this.#written])
  }

  /** Forgets what was taken in and is not written. */
  goBack(): void {
    this.rows.discard()
    for (const [partition, offset] of this.#written) this.#next.set(partition, offset)
  }

  /** Takes records in. @throws SluiceError as the table's policy for bad records says */
  take({ partition, batches, next }: Fetched): void {
    const from = this.next(partition)
    for (const batch of batches) {
      const cursor = batch.cursor()
      while (cursor.next()) if (cursor.offset >= from) this.#take(partition, cursor)
    }
    this.#next.set(partition, Math.max(from, next))
  }

  /** Writes what was taken in. */
  async write(): Promise<void> {
    const { db, now } = this.#parts
    const batch = db.batch()
    this.rows.drain(undefined, batch)
    for (const [partition, offset] of this.#next) {
      const position: StoredPosition = { offset, topicId: this.#topicId, at: now() }
      batch.put(this.#positions, Buffer.from(String(partition)), Buffer.from(JSON.stringify(position)))
    }
    await db.write(batch)
    this.rows.committed()
    this.#written = new Map(this.#next)
  }

  #take(partition: number, cursor: RecordCursor): void {
    const { key: keys, value: values, topic } = this.spec
    const { buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp } = cursor
    let key: unknown
    let value: unknown
    try {
      if (keyEnd < 0) throw noKey()
      // Copied: what a serde keeps should not keep the batch.
      key = keys.deserialize(Uint8Array.prototype.slice.call(buffer, keyStart, keyEnd))
      value = valueEnd < 0 ? null : values.deserialize(Uint8Array.prototype.slice.call(buffer, valueStart, valueEnd))
      void this.rows.put(key, value, timestamp)
    } catch (error) {
      const place = { topic, partition, offset: cursor.offset, store: this.spec.name, line: this.spec.line }
      this.#parts.fail(readFailure(error, 'the record').at(place), topic, partition, cursor)
    }
  }

  #stored(partition: number): StoredPosition | undefined {
    const bytes = this.#parts.db.store(this.#positions).get(Buffer.from(String(partition)))
    return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as StoredPosition)
  }

  async #clear(): Promise<void> {
    const { db, stateName } = this.#parts
    const batch = db.batch()
    batch.clear(stateName)
    batch.clear(this.#positions)
    await db.write(batch)
    this.rows.discard()
  }

  get #positions(): string {
    return `${this.#parts.stateName}~positions`
  }
}

function noKey(): SluiceError {
  return new SluiceError('NULL_KEY', 'the record has no key, and a table needs one', {
    hint: 'records of a global table have keys; .skip() and .deadLetter(topic) on the pipeline keep it running',
  })
}
