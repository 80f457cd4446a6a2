import type { RecordBatch } from '../batch/batch.js'
import type { LocalPartition } from './topic.js'

/**
 * The newest batches of all partitions, up to a number of bytes. A reader that keeps up never goes to the disk. What is
 * too much leaves from the partitions in turn, oldest batches first.
 */
export class RecentBatches {
  readonly #maxBytes: number
  #bytes = 0
  /** Those that hold something, in the order of their turns. */
  readonly #partitions = new Set<LocalPartition>()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(partition: LocalPartition, batch: RecordBatch): void {
    partition.recent.push(batch)
    this.#bytes += batch.bytes
    this.#partitions.add(partition)
    while (this.#bytes > this.#maxBytes) this.#evict()
  }

  dropBefore(partition: LocalPartition, offset: number): void {
    this.#change(partition, () => partition.recent.dropBefore(offset))
  }

  replace(partition: LocalPartition, baseOffset: number, batch: RecordBatch | undefined): void {
    this.#change(partition, () => partition.recent.replace(baseOffset, batch))
  }

  #evict(): void {
    const [partition] = this.#partitions
    if (partition === undefined) return
    this.#partitions.delete(partition)
    this.#bytes -= partition.recent.shift()?.bytes ?? 0
    if (partition.recent.first !== undefined) this.#partitions.add(partition)
  }

  #change(partition: LocalPartition, change: () => void): void {
    const before = partition.recent.bytes
    change()
    this.#bytes += partition.recent.bytes - before
    if (partition.recent.first === undefined) this.#partitions.delete(partition)
  }
}
