import type { RecordBatch } from '../batch/batch.js'
import { rewriteBatch, type Kept } from './rewrite.js'
import type { Scan } from './cleaner.js'
import type { LocalPartition } from './topic.js'
import type { WriteQueue } from './write-queue.js'

/** Keys held in memory at a time; what lies beyond waits for the next run. */
const mostKeys = 250_000

/**
 * Log compaction as Kafka's cleaner does it: the newest offset of each key is gathered from what is new since the last
 * run, then everything before that point is written again without the records that a newer one replaced. Offsets stay.
 * Records without a key stay.
 *
 * A tombstone goes once `delete.retention.ms` passed since a run first went over it: a reader that was no further behind
 * than that has seen it.
 */
export async function compactPartition(
  partition: LocalPartition,
  scan: Scan,
  queue: WriteQueue,
  now: number,
): Promise<void> {
  const { minDirtyRatio, deleteRetentionMs } = partition.topic.settings
  const before = partition.compacted
  const old = before.tombstones.findLast(([, time]) => time <= now - deleteRetentionMs)?.[0]
  if (old === undefined && dirtyRatio(partition) < minDirtyRatio) return

  const newest = await newestOffsets(partition, scan, now)
  let tombstonesKept = false
  const keep: Kept = (key, offset, tombstone) => {
    const last = newest.offsets.get(key)
    const kept = (last === undefined || last <= offset) && !(tombstone && offset < (old ?? 0))
    tombstonesKept ||= kept && tombstone
    return kept
  }
  let bytes = 0
  for await (const batches of scan(partition.start)) {
    const below = batches.filter(batch => batch.baseOffset < newest.end)
    bytes += await rewrite(partition, below, keep, queue)
    if (below.length < batches.length) break
  }
  const tombstones = before.tombstones.filter(([, time]) => time > now - deleteRetentionMs)
  if (tombstonesKept && newest.end > before.to) tombstones.push([newest.end, now])
  await queue.submit({
    prepare(change) {
      if (!partition.topic.deleted) change.mark(partition, { compacted: { to: newest.end, bytes, tombstones } })
    },
  })
}

/** The part of the bytes that came since the last run. */
function dirtyRatio({ bytes, compacted }: LocalPartition): number {
  return bytes === undefined || bytes === 0 ? 0 : 1 - Math.min(bytes, compacted.bytes) / bytes
}

/** By key, from where the last run ended to `end`: below the newest batch, and not younger than the compaction lag. */
async function newestOffsets(
  partition: LocalPartition,
  scan: Scan,
  now: number,
): Promise<{ offsets: Map<string, number>; end: number }> {
  const offsets = new Map<string, number>()
  const youngest = now - partition.topic.settings.minCompactionLagMs
  let end = Math.max(partition.compacted.to, partition.start)
  for await (const batches of scan(end)) {
    for (const batch of batches) {
      if (batch.baseOffset >= partition.lastBase || batch.maxTimestamp > youngest || offsets.size >= mostKeys) {
        return { offsets, end }
      }
      const cursor = batch.cursor()
      while (cursor.next()) {
        if (cursor.keyEnd < 0) continue
        offsets.set(cursor.buffer.toString('latin1', cursor.keyStart, cursor.keyEnd), cursor.offset)
      }
      end = batch.lastOffset + 1
    }
  }
  return { offsets, end }
}

/** Writes the batches again that get smaller; answers the bytes of what is left of all. */
async function rewrite(
  partition: LocalPartition,
  batches: readonly RecordBatch[],
  keep: Kept,
  queue: WriteQueue,
): Promise<number> {
  const changed: { base: number; former: RecordBatch; batch: RecordBatch | undefined }[] = []
  let left = 0
  for (const former of batches) {
    const batch = rewriteBatch(former, keep)
    left += batch?.bytes ?? 0
    if (batch !== former) changed.push({ base: former.baseOffset, former, batch })
  }
  if (changed.length === 0) return left
  await queue.submit({
    prepare(change) {
      if (partition.topic.deleted) return
      for (const { base, former, batch } of changed) {
        if (former.lastOffset >= partition.start) change.compacted.push({ partition, base, batch })
      }
    },
    applied() {
      // Records may have been deleted meanwhile: then the bytes are to be counted anew.
      if (partition.bytes === undefined) return
      for (const { former, batch } of changed) partition.bytes += (batch?.bytes ?? 0) - former.bytes
    },
  })
  return left
}
