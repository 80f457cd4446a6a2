import { describe, expect, test } from 'vitest'
import { partitionId } from '../../../src/record.js'
import type { LogTest } from '../contract.js'
import { Listener, commit, expectCode, produce } from '../helpers.js'

export function offsetContract(t: LogTest): void {
  describe('offsets', () => {
    test('start, end, and that of a time', async () => {
      const topic = await t.topic('jobs', 2)
      const times = [1_000, 3_000, 2_000, 5_000]
      await produce(t.log, topic, 0, ...times.map(timestamp => ({ value: 'x', timestamp })))
      const both = [
        { topic, partition: 0 },
        { topic, partition: 1 },
      ]
      const of = (zero: number, one: number): Map<string, number> =>
        new Map([
          [partitionId(topic, 0), zero],
          [partitionId(topic, 1), one],
        ])
      expect(await t.log.startOffsets(both)).toEqual(of(0, 0))
      expect(await t.log.endOffsets(both, 'read_committed')).toEqual(of(4, 0))
      expect(await t.log.endOffsets(both, 'read_uncommitted')).toEqual(of(4, 0))
      expect(await t.log.offsetsAt(both, 0)).toEqual(of(0, 0))
      expect(await t.log.offsetsAt(both, 2_500)).toEqual(of(1, 0))
      expect(await t.log.offsetsAt(both, 3_001)).toEqual(of(3, 0))
      expect(await t.log.offsetsAt(both, 5_001)).toEqual(of(4, 0))
    })

    test('deleted records are gone, and reading them says so', async () => {
      const topic = await t.topic('jobs')
      await produce(t.log, topic, 0, ...'0123456789')
      await t.log.topics.deleteRecords([{ topic, partition: 0, offset: 6 }])
      expect(await t.log.startOffsets([{ topic, partition: 0 }])).toEqual(new Map([[partitionId(topic, 0), 6]]))
      const listener = new Listener(t.log)
      listener.reader.seek(topic, 0, 6)
      expect((await listener.read(4, 6)).map(r => r.value)).toEqual([...'6789'])
      listener.reader.seek(topic, 0, 2)
      const error = await listener.failure()
      expect(error).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE', place: { topic, partition: 0, offset: 2 } })
      // Once: then the reader goes on with what else it has.
      listener.reader.seek(topic, 0, 9)
      expect((await listener.read(1, 9)).map(r => r.value)).toEqual(['9'])
      listener.reader.seek(topic, 0, 1000)
      expect(await listener.failure()).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
      await listener.reader.close()
    })

    test('all records can be deleted; the next offset stays', async () => {
      const topic = await t.topic('jobs')
      await produce(t.log, topic, 0, 'a', 'b')
      await t.log.topics.deleteRecords([{ topic, partition: 0, offset: 2 }])
      await expectCode('OFFSET_OUT_OF_RANGE', () => t.log.topics.deleteRecords([{ topic, partition: 0, offset: 3 }]))
      const at = [{ topic, partition: 0 }]
      expect(await t.log.startOffsets(at)).toEqual(await t.log.endOffsets(at, 'read_committed'))
      const listener = new Listener(t.log)
      listener.reader.seek(topic, 0, 2)
      await produce(t.log, topic, 0, 'c')
      expect((await listener.read(1)).map(r => [r.offset, r.value])).toEqual([[2, 'c']])
      await listener.reader.close()
    })

    test('positions keep their text, and are per group', async () => {
      const topic = await t.topic('jobs', 3)
      const group = t.name('g')
      const producer = t.log.producer({})
      await producer.init()
      const at = (partition: number, offset: number, metadata: string): object => ({
        topic,
        partition,
        offset,
        metadata,
      })
      await producer.commit(commit(group, { positions: [at(0, 7, 'time=5 ü'), at(1, 0, '')] as never }))
      await producer.commit(commit(group, { positions: [at(0, 8, '')] as never }))
      await producer.commit(commit(t.name('other'), { positions: [at(2, 3, 'x')] as never }))
      const all = [0, 1, 2].map(partition => ({ topic, partition }))
      expect(await t.log.committed(group, all)).toEqual(
        new Map([
          [partitionId(topic, 0), { offset: 8, metadata: '' }],
          [partitionId(topic, 1), { offset: 0, metadata: '' }],
        ]),
      )
      expect(await t.log.committed(t.name('other'), all)).toEqual(
        new Map([[partitionId(topic, 2), { offset: 3, metadata: 'x' }]]),
      )
      expect(await t.log.committed(t.name('unknown'), all)).toEqual(new Map())
      expect((await t.log.allCommitted(group)).toSorted((a, b) => a.partition - b.partition)).toEqual([
        at(0, 8, ''),
        at(1, 0, ''),
      ])
      expect(await t.log.allCommitted(t.name('unknown'))).toEqual([])
      await producer.close()
    })
  })
}
