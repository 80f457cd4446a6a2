import { describe, expect, test } from 'vitest'
import type { LogTest } from '../contract.js'
import { Listener, batch, produce, recordsOf } from '../helpers.js'

export function readerContract(t: LogTest): void {
  describe('the reader', () => {
    test('waits at the end and is woken by what is appended', async () => {
      const topic = await t.topic('jobs')
      const listener = new Listener(t.log)
      listener.reader.seek(topic, 0, 0)
      const [first] = await Promise.all([listener.read(1), produce(t.log, topic, 0, 'a')])
      const [second] = await Promise.all([listener.read(1), produce(t.log, topic, 0, 'b')])
      expect([...first, ...second].map(r => [r.offset, r.value])).toEqual([
        [0, 'a'],
        [1, 'b'],
      ])
      const fetched = listener.polls
        .flat()
        .filter(one => one.batches.length > 0)
        .at(-1)
      expect(fetched).toMatchObject({ topic, partition: 0, next: 2, end: 2 })
      await listener.reader.close()
    })

    test('reads several partitions, each in order', async () => {
      const topic = await t.topic('jobs', 3)
      const expected = [0, 1, 2].map(p => Array.from({ length: 20 }, (_, i) => `${p}/${i}`))
      for (const p of [0, 1, 2]) await produce(t.log, topic, p, ...expected[p]!)
      const listener = new Listener(t.log)
      for (const p of [0, 1, 2]) listener.reader.seek(topic, p, 0)
      const records = await listener.read(60)
      for (const p of [0, 1, 2]) {
        expect(records.filter(r => r.partition === p).map(r => r.value)).toEqual(expected[p])
      }
      for (const fetched of listener.polls) {
        const partitions = fetched.map(one => one.partition)
        expect(new Set(partitions).size).toBe(partitions.length)
      }
      await listener.reader.close()
    })

    test('begins in the middle of a batch with the whole batch', async () => {
      const topic = await t.topic('jobs')
      const producer = t.log.producer({})
      await producer.init()
      producer.append(topic, 0, batch('a', 'b', 'c'))
      await producer.flush()
      const listener = new Listener(t.log)
      listener.reader.seek(topic, 0, 1)
      const [fetched] = await listener.poll()
      expect(fetched!.batches[0]).toMatchObject({ baseOffset: 0, lastOffset: 2, count: 3 })
      expect(fetched!.next).toBe(3)
      await Promise.all([listener.reader.close(), producer.close()])
    })

    test('seeks back, and forgets a partition that is dropped', async () => {
      const topic = await t.topic('jobs', 2)
      await produce(t.log, topic, 0, 'a', 'b', 'c')
      const listener = new Listener(t.log)
      listener.reader.seek(topic, 0, 0)
      await listener.read(3)
      listener.reader.seek(topic, 0, 1)
      expect((await listener.read(2, 1)).map(r => r.value)).toEqual(['b', 'c'])
      listener.reader.seek(topic, 1, 0)
      listener.reader.drop(topic, 0)
      await produce(t.log, topic, 0, 'dropped')
      await produce(t.log, topic, 1, 'other')
      expect((await listener.read(1)).map(r => r.value)).toEqual(['other'])
      await listener.reader.close()
    })

    test('keeps a held partition back until it is let go', async () => {
      const topic = await t.topic('jobs', 2)
      const listener = new Listener(t.log)
      listener.reader.seek(topic, 0, 0)
      listener.reader.seek(topic, 1, 0)
      listener.reader.hold(topic, 0, true)
      listener.reader.seek(topic, 0, 0) // changes nothing in that
      await produce(t.log, topic, 0, 'held')
      await produce(t.log, topic, 1, 'x', 'y')
      expect((await listener.read(2)).map(r => r.value)).toEqual(['x', 'y'])
      listener.reader.hold(topic, 0, false)
      expect((await listener.read(1)).map(r => r.value)).toEqual(['held'])
      await listener.reader.close()
    })

    test('holds no more than its bounds ahead, and still brings everything', async () => {
      const topic = await t.topic('jobs', 2)
      const values = Array.from({ length: 60 }, (_, i) => String(i).padStart(5_000, '.'))
      await produce(t.log, topic, 0, ...values)
      await produce(t.log, topic, 1, ...values)
      const bounds = { maxPartitionBytes: 20_000, maxBytes: 30_000 }
      const listener = new Listener(t.log, 'read_committed', bounds)
      listener.reader.seek(topic, 0, 0)
      listener.reader.seek(topic, 1, 0)
      const records = await listener.read(120)
      for (const partition of [0, 1]) {
        expect(records.filter(r => r.partition === partition).map(r => r.value)).toEqual(values)
      }
      // A bound may be passed by what one fetch brings.
      const largest = Math.max(
        ...listener.polls.flat().map(one => one.batches.reduce((sum, { start, end }) => sum + end - start, 0)),
      )
      expect(largest).toBeLessThanOrEqual(2 * bounds.maxPartitionBytes + 5_200)
      expect(listener.polls.length).toBeGreaterThan(4)
      await listener.reader.close()
    })

    test('many partitions share what may be held ahead', async () => {
      const partitions = [0, 1, 2, 3, 4, 5]
      const topic = await t.topic('jobs', partitions.length)
      const values = Array.from({ length: 60 }, (_, i) => String(i).padStart(5_000, '.'))
      for (const partition of partitions) await produce(t.log, topic, partition, ...values)
      const share = 64 << 10
      const listener = new Listener(t.log, 'read_committed', { maxBytes: partitions.length * share })
      // Twice: the first to be read does not know of the others yet.
      for (const partition of [...partitions, ...partitions]) listener.reader.seek(topic, partition, 0)
      const records = await listener.read(partitions.length * values.length)
      for (const partition of partitions) {
        expect(records.filter(r => r.partition === partition).map(r => r.value)).toEqual(values)
      }
      const held = listener.polls.flat().map(one => one.batches.reduce((sum, { start, end }) => sum + end - start, 0))
      // A share may be passed by what one fetch brings.
      expect(Math.max(...held)).toBeLessThanOrEqual(2 * share + 5_200)
      await listener.reader.close()
    })

    test('says once that a topic is unknown, and reads on', async () => {
      const topic = await t.topic('jobs')
      await produce(t.log, topic, 0, 'a')
      const listener = new Listener(t.log)
      listener.reader.seek(t.name('unknown'), 0, 0)
      expect(await listener.failure()).toMatchObject({ code: 'UNKNOWN_TOPIC', place: { topic: t.name('unknown') } })
      listener.reader.seek(topic, 0, 0)
      expect(recordsOf(await listener.poll()).map(r => r.value)).toEqual(['a'])
      await listener.reader.close()
    })
  })
}
