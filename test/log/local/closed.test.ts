import { expect, it } from 'vitest'
import { long, pipeline, string, topic } from '../../../dsl/index.js'
import { embedded } from '../../../src/log/embedded/embedded.js'
import { memoryLog } from '../../../src/log/memory/memory-log.js'
import { temporaryDirectory } from '../temporary.js'

const input = topic('in', { key: string, value: string })

const logs = { memory: async () => memoryLog(), embedded: async () => embedded(await temporaryDirectory()).open() }

it.each(Object.entries(logs))('a pipeline does not start on a log that is closed: %s', async (_, open) => {
  const log = await open()
  await log.topics.create([{ name: 'in', partitions: 1 }])
  await log.close()
  const counts = pipeline('counts')
  counts
    .stream(input)
    .groupByKey()
    .count({ as: 'counts' })
    .toStream()
    .to(topic('out', { key: string, value: long }))
  await expect(counts.start({ log })).rejects.toMatchObject({
    code: 'NOT_RUNNING',
    message: expect.stringContaining('the log is closed'),
  })
  await expect(log.topics.list()).rejects.toMatchObject({ code: 'NOT_RUNNING' })
})
