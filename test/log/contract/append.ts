import { describe, expect, test } from 'vitest'
import type { BatchBuilder } from '../../../src/log/batch/builder.js'
import type { LogTest } from '../contract.js'
import { Listener, batch, commit, expectCode, produce, valuesOf } from '../helpers.js'

export function appendContract(t: LogTest): void {
  describe('appends', () => {
    test('keep order, offsets, times, headers and nulls', async () => {
      const topic = await t.topic('jobs', 2)
      const producer = t.log.producer({})
      await producer.init()
      producer.append(
        topic,
        1,
        batch(
          { key: 'a', value: 'one', timestamp: 5_000, headers: { h: 'x' } },
          { key: null, value: 'two', timestamp: 4_000 },
        ),
      )
      producer.append(topic, 1, batch({ key: 'c', value: null, timestamp: 9_000 }, { key: '', value: '' }))
      producer.append(topic, 0, batch('other'))
      await producer.flush()
      expect(producer.endOf(topic, 1)).toBe(4)
      expect(producer.endOf(topic, 0)).toBe(1)
      expect(producer.endOf(topic, 7)).toBeUndefined()
      await producer.close()

      const listener = new Listener(t.log)
      listener.reader.seek(topic, 1, 0)
      const records = await listener.read(4)
      expect(records.map(r => [r.offset, r.key, r.value, r.timestamp])).toEqual([
        [0, 'a', 'one', 5_000],
        [1, null, 'two', 4_000],
        [2, 'c', null, 9_000],
        [3, '', '', 1_700_000_000_000],
      ])
      expect(records[0]!.headers.text('h')).toBe('x')
      expect(records[1]!.headers.size).toBe(0)
      await listener.reader.close()
    })

    test('behind an abort are written, with as many batches as there were before', async () => {
      const topic = await t.topic('jobs')
      const producer = t.log.producer({})
      await producer.init()
      for (const value of ['a', 'b', 'c']) {
        producer.append(topic, 0, batch(value))
        await producer.flush()
      }
      await producer.abort()
      for (const value of ['d', 'e', 'f', 'g']) {
        producer.append(topic, 0, batch(value))
        await producer.flush()
      }
      expect(await valuesOf(t.log, topic, 0)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
      await producer.close()
    })

    test('give the builder back once, with or without success', async () => {
      const topic = await t.topic('jobs')
      const freed: BatchBuilder[] = []
      const free = (builder: BatchBuilder): void => void freed.push(builder)
      const producer = t.log.producer({})
      await producer.init()
      const [good, bad] = [batch('x'), batch('y')]
      producer.append(topic, 0, good, free)
      await producer.flush()
      expect(freed).toEqual([good])
      producer.append(t.name('unknown'), 0, bad, free)
      await expectCode('UNKNOWN_TOPIC', () => producer.flush())
      expect(freed).toEqual([good, bad])
      await producer.close()
    })

    test('of a record above the limit are refused by name, and take nothing else along', async () => {
      const topic = await t.topic('jobs')
      const other = await t.topic('other')
      const producer = t.log.producer({ transactionalId: t.name('p') })
      await producer.init()
      producer.append(other, 0, batch('small'))
      producer.append(topic, 0, batch('x'.repeat(t.log.maxBatchBytes)))
      const positions = [{ topic, partition: 0, offset: 1, metadata: '' }]
      const error = await expectCode('RECORD_TOO_LARGE', () => producer.commit(commit(t.name('g'), { positions })))
      expect(error.place).toMatchObject({ topic, partition: 0 })
      expect(error.hint).toContain('max.message.bytes')
      expect(await valuesOf(t.log, other, 0)).toEqual([])
      expect(await t.log.committed(t.name('g'), positions)).toEqual(new Map())
      await producer.close()
    })

    test('of a large record within the limit come back whole', async () => {
      const topic = await t.topic('jobs')
      const large = 'y'.repeat(Math.floor(t.log.maxBatchBytes * 0.9))
      await produce(t.log, topic, 0, large, 'after')
      expect(await valuesOf(t.log, topic, 0)).toEqual([large, 'after'])
    })
  })
}
