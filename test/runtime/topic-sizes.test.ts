import { expect, onTestFinished, test } from 'vitest'
import { memory } from '../../dsl/index.js'
import { TopicSizes } from '../../src/runtime/topic-sizes.js'

test('a topic that was chosen for a record is asked for again behind a look at the topics', async () => {
  const log = await memory().open()
  onTestFinished(() => log.close())
  await log.topics.create([{ name: 'chosen', partitions: 1 }])
  const sizes = new TopicSizes(log, { sizes: new Map(), limits: new Map() })
  expect(sizes.found('chosen')).toBeUndefined()
  expect(await sizes.find('chosen')).toBe(1)
  sizes.renew({ sizes: new Map(), limits: new Map() })
  expect(sizes.found('chosen')).toBeUndefined()
})
