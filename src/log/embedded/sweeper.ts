import { writeError } from '../../store/level-db.js'
import { asBytes, type LevelDb } from '../../store/level-store.js'
import type { LocalPartition } from '../local/topic.js'
import { all, droppedKey, entryKey, entryOffset } from './keys.js'
import { orDamaged } from './load.js'

/**
 * Clears away what a partition's new start or a dropped topic left behind. It runs beside everything else: that the records
 * are gone was written before, this only gives the room back, and begins again after a crash.
 */
export class Sweeper {
  readonly #db: LevelDb
  readonly #partitions = new Set<LocalPartition>()
  readonly #topics = new Set<number>()
  /** Everything of the partition before this offset is cleared. */
  readonly #cleared = new WeakMap<LocalPartition, number>()
  #running: Promise<void> | undefined
  #closed = false

  constructor(db: LevelDb) {
    this.#db = db
  }

  trim(partition: LocalPartition): void {
    this.#partitions.add(partition)
    this.#start()
  }

  drop(topic: number): void {
    this.#topics.add(topic)
    this.#start()
  }

  /** Finishes with the topics that a former process dropped. @throws SluiceError STATE_DAMAGED, STATE_WRITE */
  async resume(): Promise<void> {
    const dropped = await orDamaged(this.#db, () => this.#db.keys({ keyEncoding: 'buffer', ...all('d') }).all())
    for (const key of dropped) {
      await this.#clearTopic(key.readUInt32BE(1)).catch((thrown: unknown) => {
        throw writeError(thrown, this.#db.location)
      })
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#running
  }

  #start(): void {
    // What fails here shows where the log is next read or written; the next sweep tries again.
    this.#running ??= this.#sweep()
      .catch(() => {})
      .finally(() => (this.#running = undefined))
  }

  async #sweep(): Promise<void> {
    while (!this.#closed && this.#partitions.size + this.#topics.size > 0) {
      for (const topic of this.#topics) {
        this.#topics.delete(topic)
        await this.#clearTopic(topic)
      }
      for (const partition of this.#partitions) {
        this.#partitions.delete(partition)
        await this.#clearBefore(partition)
      }
    }
  }

  async #clearTopic(topic: number): Promise<void> {
    await this.#db.clear({ keyEncoding: 'buffer', gte: entryKey(topic, 0, 0), lt: entryKey(topic + 1, 0, 0) })
    await this.#db.del(droppedKey(topic), asBytes)
  }

  /** Up to the batch that holds the start, which stays. */
  async #clearBefore(partition: LocalPartition): Promise<void> {
    const { topic, index, start, end } = partition
    const gte = entryKey(topic.number, index, this.#cleared.get(partition) ?? 0)
    let to = start
    if (start < end) {
      const range = { gte, lte: entryKey(topic.number, index, start) }
      const [key] = await this.#db.keys({ keyEncoding: 'buffer', ...range, reverse: true, limit: 1 }).all()
      if (key === undefined) return
      to = entryOffset(key)
    }
    await this.#db.clear({ keyEncoding: 'buffer', gte, lt: entryKey(topic.number, index, to) })
    this.#cleared.set(partition, to)
  }
}
