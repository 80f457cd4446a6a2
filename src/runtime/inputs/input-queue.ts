import type { Fetched } from '../../log/log.js'
import type { TaskRecord } from '../current-record.js'
import type { Input } from './input-choice.js'
import type { RateSlots } from './rate-slots.js'

/** What was fetched of a source partition and not yet processed, with the record that goes next at its head. */
export interface InputQueue extends Input {
  readonly topic: string
  readonly partition: number
  readonly key: unknown
  readonly value: unknown
  /** Why the head cannot be processed, if it cannot. */
  readonly failure: unknown
  /** The end of the partition, as far as known. */
  end: number
  /** Held in memory. */
  readonly bytes: number
  /** Where its waiting bytes lie over the bound, the reader is told to hold it. */
  held: boolean
  /** Whether the log has answered about it lately. Only of tasks that look for silence. */
  heard: boolean
  /** The higher, the sooner. */
  readonly level: number
  /** Set where only so many records may go in a time. */
  readonly gate: RateSlots | undefined
  /** The position to commit: the first offset that is not done. */
  readonly position: number
  /** What is done from there on, as `DoneOffsets` writes it; empty where records are done in their order. */
  readonly ahead: string
  /** The latest time before the position, where the source says that times ascend; -1 otherwise. */
  readonly latest: number
  readonly lag: number
  /**
   * When the record at the head may go, in milliseconds since the epoch; infinity where it need not wait for a rate, and
   * need not have waited at `since`.
   */
  opensAt(since: number): number
  /** The time of the oldest record that waits here, as far as it is known. */
  readonly oldest: number | undefined
  add(fetched: Fetched): void
  /** Makes the head the task's current record and reads what is needed of it. Answers whether it can be processed. */
  take(record: TaskRecord): boolean
  /** The record at the head is done. */
  done(): void
}
