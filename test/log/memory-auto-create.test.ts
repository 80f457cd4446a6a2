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

test('and not the topics that it makes itself, which have as many partitions as it needs', async () => {
  const app = pipeline('counter')
  app
    .stream(topic('in', { key: string, value: string }))
    .repartition({ partitions: 8, as: 'spread' })
    .groupByKey()
    .count({ as: 'counts' })
  const log = await memory({ autoCreate: 1 }).open()
  await using running = await app.start({ log })
  await running.drained()
  const made = await log.topics.describe(await log.topics.list())
  expect(made.map(({ name, partitions }) => `${name} ${partitions}`)).toEqual([
    'counter-counts-changelog 8',
    'counter-spread-repartition 8',
    'in 1',
  ])
})
