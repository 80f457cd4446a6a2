import type { Scan } from './cleaner.js'
import type { LocalPartition } from './topic.js'
import type { WriteQueue } from './write-queue.js'

/**
 * Deletes the oldest batches: those whose newest record is older than `retention.ms`, and as many as it takes to keep
 * `retention.bytes`. Whole batches go; the offsets stay.
 */
export async function expirePartition(
  partition: LocalPartition,
  scan: Scan,
  queue: WriteQueue,
  now: number,
): Promise<void> {
  const { retentionMs, retentionBytes } = partition.topic.settings
  let bytes = partition.bytes ?? 0
  let gone = 0
  let start = partition.start
  const oldest = retentionMs < 0 ? -Infinity : now - retentionMs
  const most = retentionBytes < 0 ? Infinity : retentionBytes
  search: for await (const batches of scan(partition.start)) {
    for (const batch of batches) {
      if (batch.maxTimestamp >= oldest && bytes - batch.bytes < most) break search
      start = batch.lastOffset + 1
      bytes -= batch.bytes
      gone += batch.bytes
    }
  }
  await queue.submit({
    prepare(change) {
      // There may be nothing to delete, or more was deleted meanwhile.
      if (!partition.topic.deleted && start > partition.start) change.mark(partition, { start })
    },
    applied() {
      // Then their bytes are to be counted anew.
      if (partition.bytes !== undefined) partition.bytes -= gone
    },
  })
}
