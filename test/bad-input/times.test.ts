import { expect, test } from 'vitest'
import { json, pipeline, string, topic, tumbling } from '../../dsl/index.js'
import { driven } from '../testing/driven.js'

const input = topic('input', { key: string, value: json<number>() })
const dead = topic('dead', { key: string, value: json<number>() })

test('a record without a time fails where it is', async () => {
  const timestamp = -1
  const counted = (onError: 'stop' | 'skip') => {
    const p = pipeline('times', { onError })
    p.stream(input).groupByKey().windowedBy(tumbling(100)).count({ as: 'counts' })
    return p
  }
  const driver = await driven(counted('stop'))
  await expect(driver.input(input).send('a', 1, { timestamp })).rejects.toMatchObject({
    code: 'DESERIALIZE',
    place: { topic: 'input', partition: 0, offset: 0 },
  })

  const skipping = await driven(counted('skip'))
  await skipping.input(input).send('a', 1, { timestamp })
  await skipping.input(input).send('a', 1, { timestamp: 1_000 })
  const skipped = Object.entries(skipping.counters).filter(([name]) => name.startsWith('skipped'))
  expect(skipped.map(([, n]) => n)).toEqual([1])
  expect((await skipping.store<unknown, number>({ name: 'counts' }).all()).map(([, n]) => n)).toEqual([1])
})

test('a record without a time goes to the dead letters, and an extractor may give it one', async () => {
  const p = pipeline('times').deadLetter(dead)
  p.stream(input).groupByKey().count({ as: 'counts' })
  const driver = await driven(p)
  await driver.input(input).send('a', 7, { timestamp: -1 })
  expect(driver.output(dead).read()).toMatchObject([{ key: 'a', value: 7 }])

  const timed = pipeline('timed')
  timed
    .stream(input, { timestamp: value => value })
    .groupByKey()
    .windowedBy(tumbling(100))
    .count({ as: 'counts' })
  const extracting = await driven(timed)
  await extracting.input(input).send('a', 7, { timestamp: -1 })
  expect((await extracting.store<unknown, number>({ name: 'counts' }).all()).map(([, n]) => n)).toEqual([1])
})
