import { expect, onTestFinished, test } from 'vitest'
import { memory } from '../../dsl/index.js'
import { TopicSizes } from '../../src/runtime/topic-sizes.js'

test('a topic that was chosen for a record has as many partitions as the last look at the topics says', async () => {
  const log = await memory().open()
  onTestFinished(() => log.close())
  await log.topics.create([{ name: 'chosen', partitions: 1 }])
  const sizes = new TopicSizes(log, { sizes: new Map(), limits: new Map() })
  expect(sizes.found('chosen')).toBeUndefined()
  expect(await sizes.find('chosen')).toBe(1)
  sizes.learn({ sizes: new Map([['chosen', 3]]), limits: new Map() })
  expect(sizes.found('chosen')).toBe(3)
})
