import { describe, expect, onTestFinished, test } from 'vitest'
import { embedded, memory, pipeline, string, topic, type Log } from '../../dsl/index.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import { describeKafka, uniqueName } from '../kafka/shared.js'
import { produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

const text = (name: string) => topic(name, { key: string, value: string })

function contract(open: () => Promise<Log>): void {
  async function routed() {
    const log = await open()
    onTestFinished(() => log.close())
    const application = uniqueName('app')
    const names = ['in', 'other', 'chosen', 'letters'].map(name => `${application}-${name}`)
    const [input, other, chosen, letters] = names as [string, string, string, string]
    await log.topics.create(names.map(name => ({ name, partitions: 1 })))
    const start = async (lettersTo?: string) => {
      const p = lettersTo === undefined ? pipeline(application) : pipeline(application).deadLetter(lettersTo)
      p.stream(text(input), { keyless: true }).to(value => text(value.startsWith('o') ? other : chosen))
      const app = await p.start({ log, stateDir: await temporaryDirectory(), onError: () => {} })
      onTestFinished(() => app.close().catch(() => {}))
      return app
    }
    return { log, input, other, chosen, letters, start }
  }

  test('is as one that was never there: its records are dead letters, the others are written', async () => {
    const { log, input, other, chosen, letters, start } = await routed()
    const app = await start(letters)
    await produce(log, input, 0, 'o1', 'c1')
    await app.drained()
    await log.topics.delete([chosen])
    await produce(log, input, 0, 'o2', 'c2', 'o3')
    await app.drained()
    expect(await valuesOf(log, other, 0)).toEqual(['o1', 'o2', 'o3'])
    expect(await valuesOf(log, letters, 0)).toEqual(['c2'])
    expect(app.status.state).toBe('running')
  })

  test('stops a pipeline without a way for such records, and the error names the record', async () => {
    const { log, input, chosen, start } = await routed()
    const app = await start()
    await produce(log, input, 0, 'o1', 'c1')
    await app.drained()
    await log.topics.delete([chosen])
    await produce(log, input, 0, 'c2')
    const error: unknown = await app.drained().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'UNKNOWN_TOPIC', place: { topic: input, partition: 0, offset: 2 } })
    expect((error as Error).message).toContain(`there is no topic "${chosen}" to write to`)
  })

  test('is written to again when it is made anew, in the partitions that it has by then', async () => {
    const { log, input, chosen, start } = await routed()
    await log.topics.delete([chosen])
    await log.topics.create([{ name: chosen, partitions: 2 }])
    const app = await start()
    await produce(log, input, 0, ...Array.from({ length: 8 }, (_, i) => ({ key: `k${i}`, value: 'before' })))
    await app.drained()
    await log.topics.delete([chosen])
    await log.topics.create([{ name: chosen, partitions: 1 }])
    await produce(log, input, 0, ...Array.from({ length: 8 }, (_, i) => ({ key: `k${i}`, value: 'behind' })))
    await app.drained()
    expect(await valuesOf(log, chosen, 0)).toEqual(Array.from({ length: 8 }, () => 'behind'))
  })
}

describe('a chosen topic that is deleted: memory', () => contract(() => memory().open()))
describe('a chosen topic that is deleted: embedded', () => {
  contract(async () => embedded(await temporaryDirectory()).open())
})
describeKafka('a chosen topic that is deleted: Kafka', shared => {
  contract(() => kafka({ brokers: shared.brokers, onError: () => {} }).open())
})
