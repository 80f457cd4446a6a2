import { describe, expect, test } from 'vitest'
import type { LogTest } from '../contract.js'
import { expectCode, produce, valuesOf } from '../helpers.js'

export function topicContract(t: LogTest): void {
  describe('topics', () => {
    test('are created, listed, described and deleted', async () => {
      const { topics } = t.log
      const name = await t.topic('jobs', 3, { 'cleanup.policy': 'compact', 'retention.ms': '5000' })
      expect(await topics.list()).toContain(name)
      const [info, ...others] = await topics.describe([name, t.name('unknown')])
      expect(others).toEqual([])
      expect(info).toMatchObject({ name, partitions: 3, replicationFactor: 1, internal: false })
      const [full] = await topics.describe([name], { config: true })
      expect(full!.config).toMatchObject({ 'cleanup.policy': 'compact', 'retention.ms': '5000' })
      await topics.delete([name])
      expect(await topics.describe([name])).toEqual([])
    })

    test('made again under their name have another id and no records', async () => {
      const { topics } = t.log
      const name = await t.topic('jobs')
      await produce(t.log, name, 0, 'old')
      const [before] = await topics.describe([name])
      await topics.delete([name])
      await topics.create([{ name, partitions: 1 }])
      const [after] = await topics.describe([name])
      expect(after!.id).not.toBe(before!.id)
      expect(await valuesOf(t.log, name, 0)).toEqual([])
    })

    test('of names, sizes and copies that do not work are refused', async () => {
      const { topics } = t.log
      const name = await t.topic('jobs')
      await expectCode('TOPIC_EXISTS', () => topics.create([{ name, partitions: 1 }]))
      for (const bad of ['', '.', '..', 'a b', 'a/b', 'ü', 'x'.repeat(250)]) {
        await expectCode('BAD_ARGUMENT', () => topics.create([{ name: bad, partitions: 1 }]))
      }
      for (const partitions of [0, 10_000_000]) {
        await expectCode('BAD_ARGUMENT', () => topics.create([{ name: t.name('none'), partitions }]))
      }
      const copies = { name: t.name('copies'), partitions: 1, replicationFactor: 5 }
      const error = await expectCode('REPLICATION', () => topics.create([copies]))
      expect(error.hint).toMatch(/replication/)
      expect(await topics.describe([copies.name, t.name('none')])).toEqual([])
    })

    test('with settings that do not exist are refused', async () => {
      const config = { 'cleanup.policy': 'sometimes' }
      await expectCode('BAD_ARGUMENT', () => t.log.topics.create([{ name: t.name('odd'), partitions: 1, config }]))
      const unknown = { 'retention.parsecs': '12' }
      await expectCode('BAD_ARGUMENT', () =>
        t.log.topics.create([{ name: t.name('odd'), partitions: 1, config: unknown }]),
      )
    })

    test('that are unknown are named in the error', async () => {
      const topic = t.name('unknown')
      const error = await expectCode('UNKNOWN_TOPIC', () => t.log.topics.delete([topic]))
      expect(error.message).toContain(topic)
      await expectCode('UNKNOWN_TOPIC', () => t.log.endOffsets([{ topic, partition: 0 }], 'read_committed'))
      await expectCode('UNKNOWN_TOPIC', () => produce(t.log, topic, 0, 'x'))
    })
  })
}
