import type { Clock } from '../../time.js'
import type { RecordBatch } from '../batch/batch.js'
import { compactPartition } from './compaction.js'
import { expirePartition } from './retention.js'
import type { LocalPartition, LocalTopic } from './topic.js'
import type { WriteQueue } from './write-queue.js'

/** What retention and compaction need of their log. */
export interface CleanerHost {
  readonly clock: Clock
  /** Milliseconds; `undefined`: only when called. */
  readonly interval: number | undefined
  readonly queue: WriteQueue
  topics(): Iterable<LocalTopic>
  read(
    partition: LocalPartition,
    from: number,
    maxBytes: number,
    aligned: boolean,
  ): RecordBatch[] | Promise<RecordBatch[]>
}

/** Bytes read, and rewritten in one write, at a time. */
const stepBytes = 4 * 1024 * 1024

/** Applies retention and compaction to the topics that ask for it: on a timer, and when called. */
export class Cleaner {
  readonly #host: CleanerHost
  #running: Promise<void> | undefined
  #cancel: (() => void) | undefined
  #closed = false

  constructor(host: CleanerHost) {
    this.#host = host
  }

  /** Starts the timer where a topic needs it; without one nothing keeps the process alive. */
  schedule(): void {
    if (this.#closed || this.#cancel !== undefined || this.#host.interval === undefined) return
    if (![...this.#host.topics()].some(needsCleaning)) return
    this.#cancel = this.#host.clock.after(this.#host.interval, () => {
      this.#cancel = undefined
      // What fails on damaged or unwritable data fails again where somebody reads or commits, with a place to report it.
      void this.run()
        .catch(() => {})
        .finally(() => this.schedule())
    })
  }

  async run(): Promise<void> {
    this.#running ??= this.#clean().finally(() => (this.#running = undefined))
    await this.#running
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancel?.()
    await this.#running?.catch(() => {})
  }

  async #clean(): Promise<void> {
    for (const topic of [...this.#host.topics()].filter(needsCleaning)) {
      for (const partition of topic.partitions) {
        const scan = (from: number): AsyncIterable<RecordBatch[]> => this.#scan(partition, from)
        const { queue, clock } = this.#host
        const { start } = partition
        const bytes = partition.bytes ?? (await countBytes(scan(start)))
        // Records were deleted meanwhile: the next run counts anew.
        if (partition.start !== start) continue
        partition.bytes = bytes
        if (topic.settings.delete) await expirePartition(partition, scan, queue, clock.now())
        if (topic.settings.compact) await compactPartition(partition, scan, queue, clock.now())
      }
    }
  }

  /** The batches of a partition from an offset on, in pieces, until its end or until the log is closed. */
  async *#scan(partition: LocalPartition, from: number): AsyncGenerator<RecordBatch[]> {
    let next = Math.max(from, partition.start)
    for (let aligned = false; next < partition.end; aligned = true) {
      if (this.#closed || partition.topic.deleted) return
      const batches = await this.#host.read(partition, next, stepBytes, aligned)
      if (batches.length === 0) return
      yield batches
      next = Math.max(batches.at(-1)!.lastOffset + 1, partition.start)
    }
  }
}

export type Scan = (from: number) => AsyncIterable<readonly RecordBatch[]>

function needsCleaning({ settings }: LocalTopic): boolean {
  return settings.compact || (settings.delete && (settings.retentionMs >= 0 || settings.retentionBytes >= 0))
}

async function countBytes(batches: AsyncIterable<readonly RecordBatch[]>): Promise<number> {
  let bytes = 0
  for await (const some of batches) for (const batch of some) bytes += batch.bytes
  return bytes
}
