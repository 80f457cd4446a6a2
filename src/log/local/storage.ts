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

/** Records of a partition before `start` go, and how far it is compacted. */
export interface Mark {
  readonly start: number
  readonly compacted: Compacted
}

/** What one atomic write does. Several commits that wait for the disk share one. */
export class Change {
  readonly created: LocalTopic[] = []
  readonly dropped: LocalTopic[] = []
  readonly appended: { partition: LocalPartition; batch: RecordBatch }[] = []
  /** Batches that compaction made smaller, or took out. */
  readonly compacted: { partition: LocalPartition; base: number; batch: RecordBatch | undefined }[] = []
  readonly marked: Map<LocalPartition, Mark> = new Map()
  readonly positions: { group: string; at: TopicPartition & Position }[] = []
  readonly state: StateBatch[] = []

  /** Several of one partition are one: none takes back what another says. */
  mark(partition: LocalPartition, mark: Partial<Mark>): void {
    const { start, compacted } = this.marked.get(partition) ?? partition
    this.marked.set(partition, {
      start: Math.max(start, mark.start ?? 0),
      compacted: mark.compacted ?? compacted,
    })
  }

  get empty(): boolean {
    const lists = [this.created, this.dropped, this.appended, this.compacted, this.positions, this.state]
    return this.marked.size === 0 && lists.every(list => list.length === 0)
  }
}
