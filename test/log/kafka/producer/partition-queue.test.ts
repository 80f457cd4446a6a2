import { describe, expect, test } from 'vitest'
import { RecordBatch } from '../../../../src/log/batch/batch.js'
import { PartitionQueue, nextSequence } from '../../../../src/log/kafka/producer/partition-queue.js'
import { batch } from '../../helpers.js'

const identity = { id: 7n, epoch: 1 }
const stamp = (bytes: Buffer): object => {
  const { producerId, producerEpoch, baseSequence, transactional } = new RecordBatch(bytes, 0, bytes.length)
  return { producerId, producerEpoch, baseSequence, transactional }
}

function queueOf(...counts: number[]): PartitionQueue {
  const queue = new PartitionQueue('jobs', 0, true)
  for (const count of counts) {
    const builder = batch(...Array.from({ length: count }, () => 'x'))
    queue.batches.push({ topic: 'jobs', partition: 0, builder, onFree: undefined })
  }
  return queue
}

describe('the batches of a partition', () => {
  test('are numbered through, and a repetition carries the same sequence', () => {
    const queue = queueOf(3, 2, 1)
    const first = queue.first(identity, true)
    expect(stamp(first)).toEqual({ producerId: 7n, producerEpoch: 1, baseSequence: 0, transactional: true })
    expect(queue.first({ id: 8n, epoch: 0 }, true)).toBe(first)
    queue.shift()
    expect(stamp(queue.first(identity, true))).toMatchObject({ baseSequence: 3 })
    queue.shift()
    expect(stamp(queue.first(identity, false))).toMatchObject({ baseSequence: 5, transactional: false })
  })

  test('start at 0 with another identity, and when the broker has lost the traces of this one', () => {
    const queue = queueOf(3, 2, 1)
    queue.first(identity, true)
    queue.shift()
    expect(stamp(queue.first({ id: 7n, epoch: 2 }, true))).toMatchObject({ producerEpoch: 2, baseSequence: 0 })
    queue.restamp()
    expect(stamp(queue.first({ id: 9n, epoch: 0 }, true))).toMatchObject({ producerId: 9n, baseSequence: 0 })
  })

  test('sequences wrap at 2^31', () => {
    expect(nextSequence(2 ** 31 - 1, 1)).toBe(0)
    expect(nextSequence(2 ** 31 - 2, 5)).toBe(3)
    expect(nextSequence(2 ** 31 - 5, 4)).toBe(2 ** 31 - 1)
  })
})
