import { expect, onTestFinished, test, vi } from 'vitest'
import { pipeline, string, topic } from '../../dsl/index.js'
import { SluiceError } from '../../src/errors.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import type { Log } from '../../src/log/log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { goneRecords } from '../../src/runtime/gone-records.js'
import type { Running } from '../../src/runtime/options.js'
import { describeKafka, uniqueName } from '../kafka/shared.js'
import { expectCode, produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

async function setPosition(log: Log, group: string, topicName: string, offset: number): Promise<void> {
  const producer = log.producer({})
  await producer.init()
  await producer.commit({ group, positions: [{ topic: topicName, partition: 0, offset, metadata: '' }] })
  await producer.close()
}

/** A pipeline that has copied one record of seven, and found the next three deleted. */
async function behindRetention(log: Log) {
  onTestFinished(() => log.close())
  const [name, copies] = [uniqueName('jobs'), uniqueName('copies')]
  await log.topics.create([name, copies].map(each => ({ name: each, partitions: 1 })))
  const application = uniqueName('copying')
  const stateDir = await temporaryDirectory()
  const start = (): Promise<Running> => {
    const p = pipeline(application)
    p.stream(topic(name, { key: string, value: string })).to(topic(copies, { key: string, value: string }))
    return p.start({ log, stateDir, onError: () => {} })
  }
  const write = (...values: string[]) => produce(log, name, 0, ...values.map(value => ({ key: 'k', value })))
  const goOn = async () => {
    const app = await start()
    await app.drained().finally(() => app.close().catch(() => {}))
  }
  await write('a')
  await goOn()
  await write('b', 'c', 'd', 'e', 'f', 'g')
  await log.topics.deleteRecords([{ topic: name, partition: 0, offset: 4 }])
  return { name, copies, application, start, goOn, error: await expectCode('OFFSET_OUT_OF_RANGE', goOn) }
}

test('records that are gone before they were read are counted, and both ways on are told', async () => {
  const log = memoryLog()
  const { name, copies, application, goOn, error } = await behindRetention(log)
  expect(error.place).toEqual({ topic: name, partition: 0, offset: 1 })
  expect(error.what).toBe(
    `3 offsets of the partition, 1 to 3, were deleted before "${application}" had read them; it holds 4 to 6`,
  )
  expect(error.hint).toContain(
    `commit({ group: '${application}', positions: [{ topic: '${name}', partition: 0, offset: 4, metadata: '' }] })`,
  )
  expect(error.hint).toContain('sluice reset <module>')
  await setPosition(log, application, name, 4)
  await goOn()
  expect(await valuesOf(log, copies, 0)).toEqual(['a', 'e', 'f', 'g'])
})

test('a position behind the end is told as such', async () => {
  const log = memoryLog()
  const { name, application, start } = await behindRetention(log)
  await setPosition(log, application, name, 9)
  // Without `drained`: such a position lies behind all there is.
  const app = await start()
  const { what, hint } = (await vi.waitUntil(() => app.status.error)) as SluiceError
  expect(what).toBe(`"${application}" was to go on behind the end of the partition: it holds 4 to 6`)
  expect(hint).toContain('sluice reset <module>')
})

test('of a partition in which nothing is left that is told, and of one that cannot be asked nothing is', async () => {
  const log = memoryLog()
  const { name, application, goOn } = await behindRetention(log)
  await log.topics.deleteRecords([{ topic: name, partition: 0, offset: 7 }])
  const { what, cause } = await expectCode('OFFSET_OUT_OF_RANGE', goOn)
  expect(what).toMatch(/^6 offsets of the partition, 1 to 6, .*; nothing is left in it$/)
  await log.topics.delete([name])
  expect(await goneRecords(log, application, cause as SluiceError)).toBe(cause)
  const other = new SluiceError('BROKER', 'something else')
  expect(await goneRecords(log, application, other)).toBe(other)
})

describeKafka('on Kafka', shared => {
  test('records that are gone before they were read are counted, and what goes on without them is told', async () => {
    const log = await kafka({ brokers: shared.brokers }).open()
    const { name, application, error } = await behindRetention(log)
    expect(error.what).toContain('3 offsets of the partition, 1 to 3, were deleted')
    expect(error.hint).toContain(
      `kafka-consumer-groups.sh --bootstrap-server <brokers> --group ${application} --topic ${name}:0 --reset-offsets --to-offset 4 --execute`,
    )
  })
})
