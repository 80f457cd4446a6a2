import { expect, test } from 'vitest'
import { memory, pipeline, string, topic } from '../../dsl/index.js'

test('a memory log that makes topics makes those that a pipeline names', async () => {
  const app = pipeline('copier').deadLetter('letters')
  app.stream(topic('in', { key: string, value: string })).to(topic('out', { key: string, value: string }))
  const log = await memory({ autoCreate: 2 }).open()
  await using running = await app.start({ log })
  await running.drained()
  const made = await log.topics.describe(await log.topics.list())
  expect(made.map(({ name, partitions }) => `${name} ${partitions}`)).toEqual(['in 2', 'letters 2', 'out 2'])
})
