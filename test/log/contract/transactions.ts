import { describe, expect, test } from 'vitest'
import { partitionId } from '../../../src/record.js'
import type { LogTest, LogTraits } from '../contract.js'
import { Listener, batch, commit, expectCode, transactional, valuesOf } from '../helpers.js'

export function transactionContract(t: LogTest, traits: LogTraits): void {
  describe('transactions', () => {
    test('show topics, partitions and positions together, and nothing before', async () => {
      const [one, two] = [await t.topic('one', 2), await t.topic('two')]
      const group = t.name('g')
      const positions = [{ topic: one, partition: 0, offset: 3, metadata: 'm' }]
      const producer = await transactional(t.log, t.name('p'))
      producer.append(one, 0, batch('a'))
      producer.append(one, 1, batch('b', 'c'))
      producer.append(two, 0, batch('d'))
      await producer.flush()
      for (const [topic, partition] of [
        [one, 0],
        [one, 1],
        [two, 0],
      ] as const) {
        expect(await valuesOf(t.log, topic, partition)).toEqual([])
      }
      await producer.commit(commit(group, { positions }))
      expect(await valuesOf(t.log, one, 0)).toEqual(['a'])
      expect(await valuesOf(t.log, one, 1)).toEqual(['b', 'c'])
      expect(await valuesOf(t.log, two, 0)).toEqual(['d'])
      expect(producer.endOf(one, 1)).toBe(2)
      expect(await t.log.committed(group, positions)).toEqual(
        new Map([[partitionId(one, 0), { offset: 3, metadata: 'm' }]]),
      )
      await producer.close()
    })

    test('follow each other, with positions alone too', async () => {
      const topic = await t.topic('jobs')
      const group = t.name('g')
      const producer = await transactional(t.log, t.name('p'))
      for (let i = 0; i < 5; i++) {
        if (i !== 2) producer.append(topic, 0, batch(String(i)))
        await producer.commit(commit(group, { positions: [{ topic, partition: 0, offset: i, metadata: '' }] }))
      }
      await producer.commit(commit(group))
      expect(await valuesOf(t.log, topic, 0)).toEqual(['0', '1', '3', '4'])
      expect((await t.log.committed(group, [{ topic, partition: 0 }])).get(partitionId(topic, 0))!.offset).toBe(4)
      await producer.close()
    })

    test('that are aborted leave nothing, and the next one is whole', async () => {
      const topic = await t.topic('jobs')
      const producer = await transactional(t.log, t.name('p'))
      producer.append(topic, 0, batch('kept'))
      await producer.commit(commit(t.name('g')))
      const freed: unknown[] = []
      const dropped = batch('dropped')
      producer.append(topic, 0, dropped, builder => freed.push(builder))
      await producer.flush()
      await producer.abort()
      expect(freed).toEqual([dropped])
      producer.append(topic, 0, batch('next'))
      await producer.commit(commit(t.name('g')))
      expect(await valuesOf(t.log, topic, 0)).toEqual(['kept', 'next'])
      await producer.close()
    })

    test('are whole behind an abort of nothing, with as many batches as there were before', async () => {
      const topic = await t.topic('jobs')
      const producer = await transactional(t.log, t.name('p'))
      for (const value of ['a', 'b', 'c']) {
        producer.append(topic, 0, batch(value))
        await producer.commit(commit(t.name('g')))
      }
      await producer.abort()
      for (const value of ['d', 'e', 'f', 'g']) {
        producer.append(topic, 0, batch(value))
        await producer.commit(commit(t.name('g')))
      }
      expect(await valuesOf(t.log, topic, 0)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
      await producer.close()
    })

    test('do not take in what is appended while they commit', async () => {
      const topic = await t.topic('jobs')
      const producer = await transactional(t.log, t.name('p'))
      producer.append(topic, 0, batch('first'))
      const first = producer.commit(commit(t.name('g')))
      producer.append(topic, 0, batch('second'))
      await first
      expect(await valuesOf(t.log, topic, 0)).toEqual(['first'])
      await producer.commit(commit(t.name('g')))
      expect(await valuesOf(t.log, topic, 0)).toEqual(['first', 'second'])
      await producer.close()
    })

    test('show their open records to read_uncommitted where the log has any', async () => {
      const topic = await t.topic('jobs')
      const producer = await transactional(t.log, t.name('p'))
      producer.append(topic, 0, batch('open'))
      await producer.flush()
      const at = [{ topic, partition: 0 }]
      const id = partitionId(topic, 0)
      expect((await t.log.endOffsets(at, 'read_committed')).get(id)).toBe(0)
      expect((await t.log.endOffsets(at, 'read_uncommitted')).get(id)).toBe(traits.showsUncommitted ? 1 : 0)
      if (!traits.showsUncommitted) await producer.commit(commit(t.name('g')))
      const listener = new Listener(t.log, 'read_uncommitted')
      listener.reader.seek(topic, 0, 0)
      expect((await listener.read(1)).map(r => r.value)).toEqual(['open'])
      await listener.reader.close()
      await producer.close()
    })

    test('of an older holder of the id are fenced', async () => {
      const topic = await t.topic('jobs')
      const old = await transactional(t.log, t.name('p'))
      old.append(topic, 0, batch('before'))
      await old.commit(commit(t.name('g')))
      old.append(topic, 0, batch('zombie'))
      await old.flush()
      const young = await transactional(t.log, t.name('p'))
      const positions = [{ topic, partition: 0, offset: 99, metadata: '' }]
      await expectCode('FENCED', () => old.commit(commit(t.name('g'), { positions })))
      await expectCode('FENCED', async () => {
        old.append(topic, 0, batch('again'))
        await old.commit(commit(t.name('g')))
      })
      young.append(topic, 0, batch('after'))
      await young.commit(commit(t.name('g')))
      expect(await valuesOf(t.log, topic, 0)).toEqual(['before', 'after'])
      expect(await t.log.committed(t.name('g'), positions)).toEqual(new Map())
      await old.close()
      await young.close()
    })
  })
}
