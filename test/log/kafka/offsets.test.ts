import { expect, onTestFinished, test, vi } from 'vitest'
import { kafka } from '../../../src/log/kafka/kafka.js'
import { Link } from '../../../src/log/kafka/connection/link.js'
import { describeKafka } from '../../kafka/shared.js'

const findCoordinator = 10

describeKafka('positions of a group', shared => {
  test('are asked for where the last ones were, without another look-up', async () => {
    const log = await kafka({ brokers: shared.brokers }).open()
    onTestFinished(() => log.close())
    const [topic, group] = [shared.name('jobs'), shared.name('g')]
    await log.topics.create([{ name: topic, partitions: 2 }])
    const sent = vi.spyOn(Link.prototype, 'send')
    onTestFinished(() => sent.mockRestore())
    const lookUps = () => sent.mock.calls.filter(([, { key }]) => key === findCoordinator).length
    await log.allCommitted(group)
    const before = lookUps()
    expect(before).toBeGreaterThan(0)
    await Promise.all([0, 1].map(partition => log.committed(group, [{ topic, partition }])))
    expect(lookUps()).toBe(before)
  })
})
