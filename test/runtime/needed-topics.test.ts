import { expect, onTestFinished, test, vi } from 'vitest'
import { pipeline, string, topic } from '../../dsl/index.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import { describeKafka } from '../kafka/shared.js'
import { produce } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

describeKafka('a pipeline on a cluster with topics of others', shared => {
  test('asks for its own', { timeout: 60_000 }, async () => {
    const log = await kafka({ brokers: shared.brokers }).open()
    onTestFinished(() => log.close())
    const [input, other] = ['in', 'other'].map(name => shared.name(name))
    await log.topics.create([input!, other!].map(name => ({ name, partitions: 1 })))
    const application = shared.name('app')
    const p = pipeline(application)
    p.stream(topic(input!, { key: string, value: string }))
      .groupByKey()
      .count({ as: 'counts' })
    await produce(log, input!, 0, { key: 'a', value: 'one' })
    const describe = vi.spyOn(log.topics, 'describe')
    const list = vi.spyOn(log.topics, 'list')
    const committed = vi.spyOn(log, 'committed')
    await using app = await p.start({ log, stateDir: await temporaryDirectory() })
    await app.drained()
    const described = describe.mock.calls.flatMap(([names]) => names)
    expect(new Set(described)).toEqual(new Set([input, `${application}-counts-changelog`]))
    expect(committed.mock.calls.flatMap(([, places]) => places.map(place => place.topic))).not.toContain(other)
    expect(list).not.toHaveBeenCalled()
  })
})
