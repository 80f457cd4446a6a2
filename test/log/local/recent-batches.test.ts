import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecordBatch } from '../../../src/log/batch/batch.js'
import { writeInt64 } from '../../../src/serde/int64-bytes.js'
import { RecentBatches } from '../../../src/log/local/recent-batches.js'
import { topicSettings } from '../../../src/log/local/topic-settings.js'
import { localTopic, type LocalPartition } from '../../../src/log/local/topic.js'
import { batch } from '../helpers.js'

function made(base: number, value: string): RecordBatch {
  const bytes = Buffer.from(batch(value).finish())
  writeInt64(base, bytes, 0)
  return new RecordBatch(bytes, 0, bytes.length)
}

test('what is held stays within the bound, and is the newest of each partition', () => {
  const info = { name: 't', id: '', partitions: 3, replicationFactor: 1, config: {}, internal: false }
  const steps = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ add: fc.nat(2), size: fc.nat(300) }) },
      { weight: 1, arbitrary: fc.record({ drop: fc.nat(2), back: fc.nat(5) }) },
    ),
    { maxLength: 150 },
  )
  fc.assert(
    fc.property(steps, fc.constantFrom(0, 500, 5_000, Infinity), (all, maxBytes) => {
      const { partitions } = localTopic(info, 0, topicSettings(info))
      const recent = new RecentBatches(maxBytes)
      for (const step of all) {
        if ('add' in step) {
          const partition = partitions[step.add]!
          recent.add(partition, made(partition.end++, 'x'.repeat(step.size)))
        } else {
          const partition = partitions[step.drop]!
          partition.start = Math.max(partition.start, partition.end - step.back)
          recent.dropBefore(partition, partition.start)
        }
        const held = partitions.map(heldOffsets)
        expect(partitions.reduce((sum, { recent: { bytes } }) => sum + bytes, 0)).toBeLessThanOrEqual(maxBytes)
        for (const [i, offsets] of held.entries()) {
          const { end, start } = partitions[i]!
          expect(offsets).toEqual(offsets.map((_, j) => end - offsets.length + j))
          expect(offsets[0] ?? start).toBeGreaterThanOrEqual(start)
          if (maxBytes === Infinity) expect(offsets.length).toBe(end - start)
        }
      }
    }),
  )
})

test('what was dropped gives its room back', () => {
  const info = { name: 't', id: '', partitions: 1, replicationFactor: 1, config: {}, internal: false }
  const [partition] = localTopic(info, 0, topicSettings(info)).partitions
  const { bytes } = made(0, 'x')
  const recent = new RecentBatches(3 * bytes)
  for (let base = 0; base < 3; base++) recent.add(partition!, made(base, 'x'))
  recent.dropBefore(partition!, 3)
  for (let base = 3; base < 6; base++) recent.add(partition!, made(base, 'x'))
  expect(heldOffsets(partition!)).toEqual([3, 4, 5])
  recent.replace(partition!, 4, undefined)
  recent.add(partition!, made(6, 'x'))
  expect(heldOffsets(partition!)).toEqual([3, 5, 6])
})

function heldOffsets({ recent }: LocalPartition): number[] {
  return recent.first === undefined ? [] : recent.from(0, Infinity).map(one => one.baseOffset)
}
