import { describe, expect, onTestFinished, test } from 'vitest'
import { json, pipeline, string, topic, type Pipeline } from '../../dsl/index.js'
import { embedded } from '../../src/log/embedded/embedded.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import type { Log } from '../../src/log/log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import type { Running } from '../../src/runtime/options.js'
import { describeKafka } from '../kafka/shared.js'
import { produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

/** What every log has to hold about a stream whose times ascend. */
function ascendingContract(open: () => Promise<Log>, name: (what: string) => string): void {
  test('the latest time of a partition is kept through restarts and rebalances', async () => {
    const log = await open()
    onTestFinished(() => log.close())
    const [from, to] = [name('events'), name('copies')]
    await log.topics.create([from, to].map(each => ({ name: each, partitions: 2 })))
    const copy = (): Pipeline => {
      const p = pipeline(`${from}-app`, { value: json(), onError: 'skip' })
      p.stream(topic(from, { key: string, value: string }), {
        timestamp: value => Number(value),
        ascending: true,
        keyless: true,
      }).to(topic(to, { key: string, value: string }), { partitioner: () => 0 })
      return p
    }
    const start = async (): Promise<Running> => {
      const app = await copy().start({ log, stateDir: await temporaryDirectory() })
      onTestFinished(() => app.close())
      return app
    }
    const first = await start()
    await produce(log, from, 0, '100')
    await produce(log, from, 1, '5')
    await first.drained()
    await first.close()

    const second = await start()
    await produce(log, from, 0, '99')
    await produce(log, from, 1, '6')
    await second.drained()
    expect(skipped(second)).toBe(1)

    const third = await start()
    await produce(log, from, 0, '98', '100')
    await produce(log, from, 1, '4', '7')
    await Promise.all([second.drained(), third.drained()])
    expect([second.status.tasks.length, third.status.tasks.length]).toEqual([1, 1])
    expect(skipped(second) + skipped(third)).toBe(3)
    expect((await valuesOf(log, to, 0)).toSorted()).toEqual(['100', '100', '5', '6', '7'])
  })
}

function skipped({ status: { counters } }: Running): number {
  return Object.entries(counters).reduce((sum, [what, count]) => (what.startsWith('skipped') ? sum + count : sum), 0)
}

describe('times that ascend, on the memory log', () => {
  ascendingContract(
    async () => memoryLog(),
    what => what,
  )
})

describe('times that ascend, on the embedded log', () => {
  ascendingContract(
    async () => embedded(await temporaryDirectory()).open(),
    what => what,
  )
})

describeKafka('times that ascend, on Kafka', shared => {
  ascendingContract(
    () => kafka({ brokers: shared.brokers }).open(),
    what => shared.name(what),
  )
})
