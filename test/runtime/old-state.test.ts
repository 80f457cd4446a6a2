import { expect, onTestFinished, test } from 'vitest'
import { pipeline, string, topic } from '../../dsl/index.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import { systemClock } from '../../src/time.js'
import { describeKafka } from '../kafka/shared.js'
import { produce } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

describeKafka('state on the disk', shared => {
  test('that has seen its whole changelog is used, however long ago that was', { timeout: 60_000 }, async () => {
    const [words, name] = [shared.name('words'), shared.name('app')]
    const log = await kafka({ brokers: shared.brokers, heartbeatInterval: 100 }).open()
    onTestFinished(() => log.close())
    await log.topics.create([{ name: words, partitions: 1 }])
    const stateDir = await temporaryDirectory()
    const run = async (later: number) => {
      const p = pipeline(name)
      p.stream(topic(words, { key: string, value: string }))
        .groupByKey()
        .count({ as: 'counts' })
      const clock = { ...systemClock, now: () => Date.now() + later }
      const app = await p.start({ log, stateDir, clock })
      await app.drained()
      const found = await app.query<string, number>({ name: 'counts' }).get('a')
      const { counters } = app.status
      await app.close()
      return [found, counters]
    }
    await produce(log, words, 0, { key: 'a', value: 'x' }, { key: 'a', value: 'y' })
    expect(await run(0)).toEqual([2, {}])
    // The changelog's tombstones are kept for a day.
    const day = 86_400_000
    expect(await run(2 * day)).toEqual([2, {}])
  })
})
