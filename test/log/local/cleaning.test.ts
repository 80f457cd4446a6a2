import { describe, expect, test } from 'vitest'
import { RecordBatch } from '../../../src/log/batch/batch.js'
import type { Scan } from '../../../src/log/local/cleaner.js'
import { compactPartition } from '../../../src/log/local/compaction.js'
import { expirePartition } from '../../../src/log/local/retention.js'
import type { Change } from '../../../src/log/local/storage.js'
import { topicSettings } from '../../../src/log/local/topic-settings.js'
import { localTopic, type LocalPartition } from '../../../src/log/local/topic.js'
import { WriteQueue } from '../../../src/log/local/write-queue.js'
import { writeInt64 } from '../../../src/serde/int64-bytes.js'
import { batch } from '../helpers.js'

const now = 1_700_000_000_000

/** A partition with a batch of one record for each key, in pieces of one batch, and what is written of it. */
function partitionOf(config: Record<string, string>, ...keys: string[]) {
  const info = { name: 't', id: '', partitions: 1, replicationFactor: 1, config, internal: false }
  const [partition] = localTopic(info, 0, topicSettings(info)).partitions as [LocalPartition]
  const batches = keys.map((key, offset) => {
    const bytes = Buffer.from(batch({ key, value: key, timestamp: now - 10_000 + offset }).finish())
    writeInt64(offset, bytes, 0)
    return new RecordBatch(bytes, 0, bytes.length)
  })
  partition.end = keys.length
  partition.lastBase = keys.length - 1
  partition.bytes = batches.reduce((sum, { bytes }) => sum + bytes, 0)
  const changes: Change[] = []
  const queue = new WriteQueue(change => {
    changes.push(change)
    return undefined
  })
  /** `meanwhile` runs when a scan has begun, and before its first piece is at hand; it is told how many there were before. */
  const scan = (meanwhile?: (before: number) => void): Scan => {
    let before = 0
    return async function* (from) {
      meanwhile?.(before++)
      for (const one of batches) if (one.lastOffset >= from) yield [one]
    }
  }
  return { partition, scan, queue, changes }
}

describe('retention', () => {
  const config = { 'retention.ms': '1000' }

  test('writes nothing where nothing expires', async () => {
    const { partition, scan, queue, changes } = partitionOf({ 'retention.ms': '60000' }, 'a', 'b')
    await expirePartition(partition, scan(), queue, now)
    expect(changes).toEqual([])
  })

  test('writes nothing of a topic that was deleted meanwhile: its number may be that of another', async () => {
    const { partition, scan, queue, changes } = partitionOf(config, 'a', 'b')
    const deleted = scan(() => (partition.topic.deleted = true))
    await expirePartition(partition, deleted, queue, now)
    expect(changes).toEqual([])
  })

  test('writes nothing where more was deleted meanwhile', async () => {
    const { partition, scan, queue, changes } = partitionOf(config, 'a', 'b', 'c')
    const cut = scan(() => (partition.start = 3))
    await expirePartition(partition, cut, queue, now)
    expect(changes).toEqual([])
  })
})

describe('compaction', () => {
  const config = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' }
  const taken = (changes: readonly Change[]): number[] =>
    changes.flatMap(({ compacted }) => compacted.map(({ base }) => base))

  test('goes over every piece that is read', async () => {
    const { partition, scan, queue, changes } = partitionOf(config, 'a', 'b', 'a', 'c', 'b', 'z')
    await compactPartition(partition, scan(), queue, now)
    expect(taken(changes)).toEqual([0, 1])
  })

  test('waits until enough of the bytes is new, and counts what it has not gone over as new', async () => {
    const half = { ...config, 'min.cleanable.dirty.ratio': '0.5' }
    const { partition, scan, queue, changes } = partitionOf(half, 'a', 'b', 'a', 'c', 'z', 'y')
    const [all, one] = [partition.bytes!, partition.bytes! / 6]
    await compactPartition(partition, scan(), queue, now)
    const { compacted } = changes.at(-1)!.marked.get(partition)!
    // The newest batch is not gone over, nor is the first left.
    expect(compacted).toEqual({ to: 5, bytes: all - 2 * one, tombstones: [] })
    partition.compacted = compacted
    const before = changes.length
    partition.bytes = compacted.bytes * 2 - 1
    await compactPartition(partition, scan(), queue, now)
    expect(changes).toHaveLength(before)
    partition.bytes = compacted.bytes * 2
    await compactPartition(partition, scan(), queue, now)
    expect(changes.length).toBeGreaterThan(before)
  })

  test('writes nothing of a topic that was deleted meanwhile: its number may be that of another', async () => {
    const { partition, scan, queue, changes } = partitionOf(config, 'a', 'b', 'a', 'z')
    const deleted = scan(before => before === 1 && (partition.topic.deleted = true))
    await compactPartition(partition, deleted, queue, now)
    expect(changes).toEqual([])
  })

  test('writes no batch again that was deleted meanwhile, and leaves the bytes to be counted', async () => {
    const { partition, scan, queue, changes } = partitionOf(config, 'a', 'b', 'a', 'b', 'z')
    const cut = scan(before => {
      if (before === 1) Object.assign(partition, { start: 1, bytes: undefined })
    })
    await compactPartition(partition, cut, queue, now)
    expect(taken(changes)).toEqual([1])
    expect(partition.bytes).toBeUndefined()
  })
})
