/** What may be held ahead, in bytes. */
export interface HeldAhead {
  /** Of one partition. */
  readonly maxPartitionBytes: number
  /** Of all partitions together. */
  readonly maxBytes: number
}

/** The bounds of a reader; what is left out is 1 MiB of a partition and 32 MiB of all. */
export function heldAhead({
  maxPartitionBytes = 1 << 20,
  maxBytes = 32 << 20,
}: { readonly [Bound in keyof HeldAhead]?: number | undefined }): HeldAhead {
  return { maxPartitionBytes, maxBytes }
}

/** What one partition may hold however many there are: with less, each fetch would bring too little for what it costs. */
const least = 64 * 1024

/** How much one of so many partitions may hold ahead. */
export function partitionShare({ maxPartitionBytes, maxBytes }: HeldAhead, partitions: number): number {
  return Math.min(maxPartitionBytes, Math.max(least, maxBytes / partitions))
}
