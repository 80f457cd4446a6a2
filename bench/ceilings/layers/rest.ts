import type { RecordCursor } from '../../../src/log/batch/cursor.js'

export interface Job {
  readonly id: number
  readonly status: string
  readonly origin: string
  readonly destination: string
  readonly delay: number
}

/** What is done with the records that the filter lets through. */
export interface Rest {
  take(partition: number, cursor: RecordCursor, job: Job): void
  /** Hands what was made of them over to the producer. */
  handOver(): void
  /** What was handed over is committed. */
  committed?(): Promise<void>
  close?(): Promise<void>
}
