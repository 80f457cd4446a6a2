import type { BatchBuilder } from '../../batch/builder.js'

/** A batch that the producer was given. */
export interface Batch {
  readonly topic: string
  readonly partition: number
  readonly builder: BatchBuilder
  readonly onFree: ((builder: BatchBuilder) => void) | undefined
}

/** Gives the builder back to its owner. */
export function free({ builder, onFree }: Batch): void {
  onFree?.(builder)
}
