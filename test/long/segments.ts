/** Settings of a broker that cleans compacted topics every moment, instead of every week: segments of the least size. */
export const smallSegments = {
  'log.segment.bytes': 1 << 20,
  // Index files have their full size from the first record on.
  'log.index.size.max.bytes': 16 << 10,
  'log.roll.ms': 2_000,
  // What the cleaner has replaced is there for a minute otherwise.
  'log.segment.delete.delay.ms': 1_000,
  'log.cleaner.backoff.ms': 500,
  'log.cleaner.min.cleanable.ratio': 0.05,
  'log.cleaner.delete.retention.ms': 1_000,
}
