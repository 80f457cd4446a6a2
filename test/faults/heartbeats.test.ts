import { expect, onTestFinished, test } from 'vitest'
import { json, pipeline, string, topic } from '../../dsl/index.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import { describeKafka } from '../kafka/shared.js'
import { produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'
import { full } from './moments.js'

/** Milliseconds; the session is over long before the callback returns. */
const [session, block] = full ? [6_000, 10_000] : [3_000, 5_000]

describeKafka('a callback that blocks for longer than the session', shared => {
  test('costs its instance no task, and nothing is done twice', { timeout: 60_000 }, async () => {
    const [input, output] = [shared.name('slow'), shared.name('done')]
    const log = await kafka({ brokers: shared.brokers, sessionTimeout: session, heartbeatInterval: 500 }).open()
    onTestFinished(() => log.close())
    await log.topics.create([input, output].map(name => ({ name, partitions: 1 })))
    let calls = 0
    const p = pipeline(shared.name('app'), { value: json() })
    p.stream(topic(input, { key: string, value: string }), { keyless: true })
      .peek(value => {
        if (value !== 'slow') return
        calls++
        const until = performance.now() + block
        while (performance.now() < until);
      })
      .to(topic(output, { key: string, value: string }))
    const app = await p.start({ log, stateDir: await temporaryDirectory() })
    onTestFinished(() => app.close())
    await produce(log, input, 0, 'a', 'slow', 'b')
    await app.drained()
    expect(calls).toBe(1)
    expect(app.status.counters).toEqual({})
    expect(app.status.tasks).toHaveLength(1)
    expect(await valuesOf(log, output, 0)).toEqual(['a', 'slow', 'b'])
  })
})
