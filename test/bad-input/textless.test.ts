import { expect, test } from 'vitest'
import { json, pipeline, string, topic } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'

const orders = topic('orders', { key: string, value: string })
const dead = topic('dead', { key: string, value: string })

test('an error whose message is no text goes to the dead-letter topic all the same', async () => {
  const p = pipeline('shop', { value: json() })
  p.deadLetter(dead)
  p.stream(orders)
    .map(() => {
      throw Object.assign(new Error(), { message: 7 })
    })
    .to(topic('out', { key: string, value: json() }))
  await using driver = await testDriver(p)
  await driver.input(orders).send('k', 'v')
  await driver.input(orders).send('k', 'w')
  const letters = driver.output(dead).read()
  expect(letters.map(({ value, headers }) => [value, headers.text('sluice.error')])).toEqual([
    ['v', '7'],
    ['w', '7'],
  ])
})
