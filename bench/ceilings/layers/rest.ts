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
  /** All before `next` was taken. */
  reached(partition: number, next: number): void
  /** Does what is left to do. */
  end(): Promise<void>
}
