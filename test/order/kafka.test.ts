import { join } from 'node:path'
import { kafka, type Log, type Running } from 'sluice'
import { expect, test } from 'vitest'
import { generator } from '../../examples/shared/random.js'
import { faultSeed, full } from '../faults/moments.js'
import { describeKafka } from '../kafka/shared.js'
import { temporaryDirectory } from '../log/temporary.js'
import { events, eventsOf, write } from './events.js'
import { realPipeline } from './fixtures/pipeline.js'
import { namesOf } from './pipeline.js'
import { judge } from './verdict.js'

const keys = 100_000
const partitions = 4
const seed = faultSeed()

describeKafka('on Kafka', shared => {
  test.runIf(full)(
    `two instances of two threads share ${keys} keys, and each key keeps its order`,
    { timeout: 900_000 },
    async () => {
      const app = shared.name('ordered')
      process.env['ORDERED'] = `${app} ${seed}`
      const config = kafka({ brokers: shared.brokers })
      const log = await config.open()
      const names = namesOf(app)
      await log.topics.create(Object.values(names).map(name => ({ name, partitions })))
      const counts = await write(log, eventsOf(names.events), events(keys, generator(seed)))
      const total = [...counts.values()].reduce((sum, n) => sum + n, 0)
      const dir = await temporaryDirectory()
      const running = new Map<string, Running>()
      const counters: Record<string, number> = {}
      const start = async (name: string): Promise<void> => {
        const stateDir = join(dir, name)
        running.set(
          name,
          await realPipeline(app, seed).start({ log: config, threads: 2, stateDir, commitInterval: 20 }),
        )
      }
      const stop = async (name: string): Promise<void> => {
        const app = running.get(name)!
        running.delete(name)
        for (const [what, n] of Object.entries(app.status.counters)) counters[what] = (counters[what] ?? 0) + n
        await app.close()
      }
      /** Until so much of the results is there. */
      const until = async (share: number): Promise<void> => {
        while ((await written(log, names.results)) < share * total) {
          for (const { status } of running.values()) if (status.error !== undefined) throw status.error
          await new Promise(resolve => setTimeout(resolve, 20))
        }
      }

      await start('one')
      await until(0.15)
      await start('two')
      await until(0.4)
      await stop('one')
      await until(0.6)
      await start('three')
      await running.get('three')!.drained()
      await stop('two')
      await stop('three')

      const { results, dead, wrong } = await judge(log, app, counts)
      await log.close()
      console.log(JSON.stringify({ keys, total, results, dead, ...counters }))
      expect(wrong).toEqual([])
      expect(results + dead).toBe(total)
    },
  )
})

async function written(log: Log, topic: string): Promise<number> {
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const ends = await log.endOffsets(all, 'read_committed')
  return [...ends.values()].reduce((sum, end) => sum + end, 0)
}
