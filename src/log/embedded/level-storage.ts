import type { ChainedBatch } from 'level'
import { errorText, SluiceError } from '../../errors.js'
import type { StateDb } from '../../store/state-db.js'
import { LevelStateDb } from '../../store/level-db.js'
import { asBytes, type LevelDb } from '../../store/level-store.js'
import { RecordBatch } from '../batch/batch.js'
import { headerBytes } from '../batch/format.js'
import type { Change, Storage } from '../local/storage.js'
import type { Groups, LocalPartition, LocalTopic } from '../local/topic.js'
import { asDamaged } from './damaged.js'
import { all, droppedKey, entryKey, entryOffset, markKey, positionKey, statePrefix, topicKey } from './keys.js'
import { loadGroups, loadTopics, orDamaged } from './load.js'
import { Sweeper } from './sweeper.js'
import { Turnstile } from './turnstile.js'
import { markValue, positionValue, topicValue } from './values.js'

/** Twice as many as the threads that read: each read holds its blocks and its answer in LevelDB's memory. */
const readsAtOnce = 8

type LevelBatch = ChainedBatch<LevelDb, Buffer, Buffer>

/** The embedded log on disk: one LevelDB, in which every change is one write. */
export class LevelStorage implements Storage {
  readonly state: StateDb
  readonly #db: LevelDb
  readonly #stateDb: LevelStateDb
  readonly #sync: boolean
  readonly #sweeper: Sweeper
  readonly #reads = new Turnstile(readsAtOnce)

  /** @param options.durable waits for the disk at each write, so that commits survive a power cut too */
  constructor(db: LevelDb, options: { durable: boolean }) {
    this.#db = db
    this.#sync = options.durable
    this.#stateDb = new LevelStateDb(db, statePrefix)
    this.state = this.#stateDb
    this.#sweeper = new Sweeper(db)
  }

  async load(): Promise<{ topics: readonly LocalTopic[]; groups: Groups }> {
    await this.#sweeper.resume()
    const topics = await loadTopics(this.#db)
    return { topics, groups: await loadGroups(this.#db) }
  }

  async write(change: Change): Promise<void> {
    const batch = this.#db.batch()
    try {
      for (const topic of change.created) batch.put(topicKey(topic.info.name), topicValue(topic), asBytes)
      for (const { partition, batch: records } of change.appended) putRecords(batch, partition, records)
      for (const { partition, base, batch: records } of change.compacted) {
        if (records === undefined) batch.del(entryKey(partition.topic.number, partition.index, base), asBytes)
        else putRecords(batch, partition, records)
      }
      for (const [partition, { start, compacted }] of change.marked) {
        batch.put(markKey(partition.topic.number, partition.index), markValue(start, compacted), asBytes)
      }
      const dropped = new Set(change.dropped.map(({ info }) => info.name))
      for (const { group, at } of change.positions) {
        if (dropped.has(at.topic)) continue
        batch.put(positionKey(group, at.topic, at.partition), positionValue(at), asBytes)
      }
      for (const { info, number, partitions } of change.dropped) {
        batch.del(topicKey(info.name), asBytes)
        batch.put(droppedKey(number), Buffer.alloc(0), asBytes)
        for (const { index } of partitions) batch.del(markKey(number, index), asBytes)
      }
      if (dropped.size > 0) await this.#dropPositions(batch, dropped)
      for (const state of change.state) await this.#stateDb.append(state, batch)
      await batch.write({ sync: this.#sync })
    } finally {
      await batch.close()
    }
  }

  read(partition: LocalPartition, from: number, maxBytes: number, aligned: boolean): Promise<RecordBatch[]> {
    return this.#reads.pass(() => this.#read(partition, from, maxBytes, aligned))
  }

  trim(partition: LocalPartition): void {
    this.#sweeper.trim(partition)
  }

  drop(topic: LocalTopic): void {
    this.#sweeper.drop(topic.number)
  }

  async close(): Promise<void> {
    await this.#sweeper.close()
    await this.#db.close()
  }

  async #read(partition: LocalPartition, from: number, maxBytes: number, aligned: boolean): Promise<RecordBatch[]> {
    const { topic, index, end } = partition
    const first = aligned ? from : await orDamaged(this.#db, () => this.#baseOf(partition, from))
    const iterator = this.#db.iterator({
      ...asBytes,
      gte: entryKey(topic.number, index, first),
      lt: entryKey(topic.number, index, end),
      highWaterMarkBytes: Math.max(maxBytes, headerBytes),
      fillCache: false,
    })
    try {
      for (;;) {
        const entries = await iterator.nextv(10_000)
        const batches = entries.map(([key, value]) => this.#checked(partition, entryOffset(key), value))
        const found = batches.filter(batch => batch.lastOffset >= from)
        // Where compaction has taken out what was at the offset, the batch before may be all that there was room for.
        if (found.length > 0 || (entries.length === 0 && partition.start > from)) return found
        if (entries.length === 0) throw missing(partition, from)
      }
    } catch (thrown) {
      throw thrown instanceof SluiceError ? thrown : asDamaged(this.#db.location, thrown)
    } finally {
      await iterator.close()
    }
  }

  async #dropPositions(batch: LevelBatch, topics: ReadonlySet<string>): Promise<void> {
    for await (const key of this.#db.keys({ keyEncoding: 'buffer', ...all('p') })) {
      const [, topic] = JSON.parse(key.toString('utf8', 1)) as [string, string, number]
      if (topics.has(topic)) batch.del(key, asBytes)
    }
  }

  /** The base offset of the batch that holds `offset`, or of the one before it. */
  async #baseOf({ topic, index }: LocalPartition, offset: number): Promise<number> {
    const range = { gte: entryKey(topic.number, index, 0), lte: entryKey(topic.number, index, offset) }
    const [key] = await this.#db.keys({ keyEncoding: 'buffer', ...range, reverse: true, limit: 1 }).all()
    return key === undefined ? offset : entryOffset(key)
  }

  #checked({ topic, index }: LocalPartition, base: number, value: Buffer): RecordBatch {
    try {
      if (value.length <= headerBytes) throw new Error(`its entry has ${value.length} bytes`)
      const batch = new RecordBatch(value, 0, value.length)
      batch.verify()
      return batch
    } catch (cause) {
      throw new SluiceError('CORRUPT', `the log in ${this.#db.location} holds a damaged batch: ${errorText(cause)}`, {
        place: { topic: topic.info.name, partition: index, offset: base },
        hint: 'check the disk; restore the directory from a copy, or delete the records up to the next offset',
        cause,
      })
    }
  }
}

function putRecords(batch: LevelBatch, { topic, index }: LocalPartition, records: RecordBatch): void {
  const { buffer, start, end } = records
  batch.put(entryKey(topic.number, index, records.baseOffset), buffer.subarray(start, end), asBytes)
}

function missing({ topic, index }: LocalPartition, offset: number): SluiceError {
  return new SluiceError('CORRUPT', 'the log ends before its end', {
    place: { topic: topic.info.name, partition: index, offset },
    hint: 'entries of the database are lost; restore the directory from a copy',
  })
}
