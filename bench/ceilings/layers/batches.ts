import { BatchBuilder } from '../../../src/log/batch/builder.js'
import type { Producer } from '../../../src/log/log.js'

/** As the engine's (src/runtime/outbox.ts). */
const fullBatch = 256 << 10

/** A growing batch for each partition of a topic. Without a producer they are finished, checksum and all, and dropped. */
export class Batches {
  readonly #topic: string
  readonly #producer: Producer | undefined
  readonly #open: BatchBuilder[]
  readonly #free: BatchBuilder[] = []

  constructor(topic: string, partitions: number, producer: Producer | undefined) {
    this.#topic = topic
    this.#producer = producer
    this.#open = Array.from({ length: partitions }, () => new BatchBuilder())
  }

  /** Where the next record of a partition goes. */
  of(partition: number): BatchBuilder {
    if (this.#open[partition]!.bytes >= fullBatch) this.#hand(partition)
    return this.#open[partition]!
  }

  handOver(): void {
    for (const [partition, { count }] of this.#open.entries()) if (count > 0) this.#hand(partition)
  }

  #hand(partition: number): void {
    const batch = this.#open[partition]!
    this.#open[partition] = this.#free.pop() ?? new BatchBuilder()
    if (this.#producer === undefined) {
      batch.finish()
      this.#release(batch)
    } else this.#producer.append(this.#topic, partition, batch, this.#release)
  }

  readonly #release = (batch: BatchBuilder): void => {
    batch.reset()
    this.#free.push(batch)
  }
}
