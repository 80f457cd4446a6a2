import { expect, test } from 'vitest'
import { json, pipeline, string, topic } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'

const jobs = topic('jobs', { key: string, value: json<number>() })
const results = topic('results', { key: string, value: json<number>() })

test('timers that are due together wait in the store while the calls behind them have no room', async () => {
  const count = 1_000
  let passed = 0
  let open = () => {}
  const gate = new Promise<void>(resolve => (open = resolve))
  const app = pipeline('later', { value: json() })
  app
    .stream(jobs)
    .flatMap(n => Array.from({ length: n }, (_, i) => i))
    .delay('1m', { value: json() })
    .peek(() => void passed++)
    .mapAsync(value => gate.then(() => value), { buffer: { records: 100 }, order: 'none', value: json() })
    .to(results)
  const driver = await testDriver(app)
  await driver.input(jobs).send('k', count)
  const advanced = driver.advance('1m')
  for (let i = 0; i < 200; i++) await new Promise<void>(resolve => setImmediate(resolve))
  // Those of one turn come in together.
  expect(passed).toBeGreaterThanOrEqual(100)
  expect(passed).toBeLessThan(100 + 64)
  open()
  await advanced
  const values = driver.output(results).read()
  expect(values.map(({ value }) => value)).toEqual(Array.from({ length: count }, (_, i) => i))
  await driver.close()
})
