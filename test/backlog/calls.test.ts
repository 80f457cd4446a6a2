import { expect, test } from 'vitest'
import { pipeline, string, topic } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'

const bulk = topic('bulk', { key: string, value: string })
const urgent = topic('urgent', { key: string, value: string })
const done = topic('done', { key: string, value: string })

test.each([
  [1, 2],
  [-2, -1],
])('what calls answer goes on where no source has priority 0, but %d and %d', async (low, high) => {
  const app = pipeline('calling')
  for (const stream of [app.stream(bulk, { priority: low }), app.stream(urgent, { priority: high })]) {
    stream.mapAsync(async value => `${value}!`).to(done)
  }
  const driver = await testDriver(app)
  await driver.input(bulk).send('a', 'x')
  await driver.input(urgent).send('a', 'y')
  expect(
    driver
      .output(done)
      .read()
      .map(({ value }) => value),
  ).toEqual(['x!', 'y!'])
  await driver.close()
})
