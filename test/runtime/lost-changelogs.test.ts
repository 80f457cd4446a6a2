import { describe, expect, onTestFinished, test } from 'vitest'
import { long, memory, pipeline, store, string, topic, type Pipeline } from '../../dsl/index.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import type { Log } from '../../src/log/log.js'
import { reset } from '../../src/runtime/reset.js'
import { describeKafka, uniqueName } from '../kafka/shared.js'
import { produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

const counts = store('counts', { key: string, value: long })

async function bench(open: () => Promise<Log>) {
  const log = await open()
  onTestFinished(() => log.close())
  const [application, input, out] = [uniqueName('app'), uniqueName('in'), uniqueName('out')]
  await log.topics.create([input, out].map(name => ({ name, partitions: 1 })))
  const changelog = `${application}-counts-changelog`
  const stateDir = await temporaryDirectory()
  const copying = (): Pipeline => {
    const p = pipeline(application)
    p.stream(topic(input, { key: string, value: string })).to(topic(out, { key: string, value: string }))
    return p
  }
  const counting = (as = counts): Pipeline => {
    const p = copying()
    p.stream(topic(input, { key: string, value: string }))
      .groupByKey()
      .count({ as })
    return p
  }
  /** Takes in one more record of key `a`, and answers what a store has then. */
  const run = async (p: Pipeline, asked?: typeof counts) => {
    await produce(log, input, 0, { key: 'a', value: 'x' })
    const app = await p.start({ log, stateDir })
    try {
      await app.drained()
      return asked === undefined ? undefined : await app.query(asked).get('a')
    } finally {
      await app.close()
    }
  }
  const lost = {
    code: 'UNKNOWN_TOPIC',
    place: { topic: changelog, partition: 0, store: 'counts' },
    hint: expect.stringContaining('sluice reset') as unknown,
  }
  return { log, application, input, out, changelog, stateDir, copying, counting, run, lost }
}

function contract(open: () => Promise<Log>): void {
  test('a start whose changelog was deleted is refused, and again', async () => {
    const { log, out, changelog, counting, run, lost } = await bench(open)
    expect(await run(counting(), counts)).toBe(1)
    await log.topics.delete([changelog])
    await expect(run(counting())).rejects.toMatchObject(lost)
    await expect(run(counting())).rejects.toMatchObject(lost)
    expect(await valuesOf(log, out, 0)).toEqual(['x'])
  })

  test('who makes it by hand, or gives the store another name, goes on with an empty one', async () => {
    const { log, changelog, counting, run } = await bench(open)
    await run(counting())
    await log.topics.delete([changelog])
    const others = store('others', { key: string, value: long })
    expect(await run(counting(others), others)).toBe(1)
    await log.topics.create([{ name: changelog, partitions: 1, config: { 'cleanup.policy': 'compact' } }])
    expect(await run(counting(), counts)).toBe(1)
  })

  test('a reset is no loss', async () => {
    const { log, application, stateDir, counting, run } = await bench(open)
    await run(counting())
    await reset(log, counting().lower(), stateDir, async () => true)
    expect(await run(counting(), counts), application).toBe(2)
  })

  test('a store that is new, or was gone for a while, begins empty', async () => {
    const { log, changelog, copying, counting, run } = await bench(open)
    await run(copying())
    expect(await run(counting(), counts)).toBe(1)
    await run(copying())
    await log.topics.delete([changelog])
    expect(await run(counting(), counts)).toBe(1)
  })
}

describe('a changelog that is gone, on the memory log', () => contract(() => memory().open()))

describeKafka('a changelog that is gone', shared => {
  const open = () => kafka({ brokers: shared.brokers, heartbeatInterval: 100 }).open()
  contract(open)

  test('one that is deleted under a running pipeline stops it with the next change', async () => {
    const { log, input, changelog, stateDir, counting, lost } = await bench(open)
    await produce(log, input, 0, { key: 'a', value: 'x' })
    const app = await counting().start({ log, stateDir, onError: () => {} })
    await app.drained()
    await log.topics.delete([changelog])
    await produce(log, input, 0, { key: 'a', value: 'x' })
    await expect(app.closed).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' })
    await expect(counting().start({ log, stateDir })).rejects.toMatchObject(lost)
  })
})
