import type { StateBatch, StateDb } from '../../store/state-db.js'
import type { Position } from '../log.js'
import type { TopicPartition } from '../../record.js'
import type { RecordBatch } from '../batch/batch.js'
import type { Compacted, Groups, LocalPartition, LocalTopic } from './topic.js'

/** Where a local log lies beyond memory. A log without one is a memory log. */
export interface Storage {
  readonly state: StateDb
  /** What a former process left. */
  load(): Promise<{ readonly topics: readonly LocalTopic[]; readonly groups: Groups }>
  /** All of it or nothing. */
  write(change: Change): Promise<void>
  /**
   * Batches from the one that holds `from` on, below the partition's end: at least one where there is one, then up to
   * about `maxBytes`. `aligned`: a batch begins at `from`, if it is there.
   *
   * @throws SluiceError CORRUPT
   */
  read(partition: LocalPartition, from: number, maxBytes: number, aligned: boolean): Promise<RecordBatch[]>
  /** The start of the partition moved: what lies before it may be cleared away. Returns at once. */
  trim(partition: LocalPartition): void
  /** A dropped topic's records may be cleared away. Returns at once. */
  drop(topic: LocalTopic): void
  close(): Promise<void>
}

/** What one atomic write does. Several commits that wait for the disk share one. */
export class Change {
  readonly created: LocalTopic[] = []
  readonly dropped: LocalTopic[] = []
  readonly appended: { partition: LocalPartition; batch: RecordBatch }[] = []
  /** Batches that compaction made smaller, or took out. */
  readonly compacted: { partition: LocalPartition; base: number; batch: RecordBatch | undefined }[] = []
  /** Partitions whose records before `start` go, or that were compacted further. */
  readonly marked: { partition: LocalPartition; start: number; compacted: Compacted }[] = []
  readonly positions: { group: string; at: TopicPartition & Position }[] = []
  readonly state: StateBatch[] = []

  get empty(): boolean {
    const lists = [this.created, this.dropped, this.appended, this.compacted, this.marked, this.positions, this.state]
    return lists.every(list => list.length === 0)
  }
}
