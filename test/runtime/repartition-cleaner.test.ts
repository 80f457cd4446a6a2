import { expect, test } from 'vitest'
import { pipeline, string, topic } from '../../dsl/index.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { ManualClock } from '../../src/testing/manual-clock.js'
import { writeRecords } from '../write-records.js'

const words = topic('words', { key: string, value: string })

test('what is through a repartition topic is deleted every 30 s', async () => {
  const clock = new ManualClock(0)
  const log = memoryLog({ clock })
  await log.topics.create([{ name: 'words', partitions: 1 }])
  await writeRecords(log, ['words'], writer => writer.write(words, { key: 'k', value: 'one' }))
  const p = pipeline('counting')
  p.stream(words)
    .groupBy(record => record)
    .count({ as: 'number' })
  const running = await p.start({ log, clock })
  await running.drained()
  const [inBetween] = (await log.topics.list()).filter(name => name.includes('repartition'))
  const place = { topic: inBetween!, partition: 0 }
  const starts = async () => [...(await log.startOffsets([place])).values()]
  expect(await starts()).toEqual([0])
  clock.moveTo(30_000)
  await expect.poll(starts).toEqual([1])
  await running.close()
  await log.close()
})

test('where nothing goes through a topic in between, no timer waits to clean it', async () => {
  const clock = new ManualClock(0)
  const log = memoryLog({ clock })
  await log.topics.create(['words', 'ticks'].map(name => ({ name, partitions: 1 })))
  const p = pipeline('timed')
  p.stream(words).forEach(() => {})
  p.every('0 0 * * *', { zone: 'UTC' })
    .map(String)
    .to(topic('ticks', { key: string, value: string }))
  const running = await p.start({ log, clock })
  await running.drained()
  await expect.poll(() => clock.next).toBe(86_400_000)
  await running.close()
  await log.close()
})
