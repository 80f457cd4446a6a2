/** What may be held ahead, in bytes. */
export interface HeldAhead {
  /** Of one partition. */
  readonly maxPartitionBytes: number
  /** Of all partitions together. */
  readonly maxBytes: number
}

/** What one partition may hold however many there are: with less, each fetch would bring too little for what it costs. */
const least = 64 * 1024

/** How much one of so many partitions may hold ahead. */
export function partitionShare({ maxPartitionBytes, maxBytes }: HeldAhead, partitions: number): number {
  return Math.min(maxPartitionBytes, Math.max(least, maxBytes / partitions))
}
