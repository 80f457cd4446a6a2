import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { Pipeline } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { tempDir } from '../store/temp-dir.js'

it('runs the example of docs/windows.md', async () => {
  const page = await readFile(new URL('../../docs/windows.md', import.meta.url), 'utf8')
  const code = /```ts example\n([\s\S]*?)```/.exec(page)![1]!
  const main = fileURLToPath(new URL('../../dsl/index.ts', import.meta.url))
  const file = join(await tempDir(), 'example.ts')
  await writeFile(file, code.replace("'sluice'", JSON.stringify(main)))
  const { default: app } = (await import(file)) as { default: Pipeline }
  const driver = await testDriver(app)
  const clicks = driver.input('clicks')
  for (const [page_, second] of [
    ['a', 0],
    ['a', 59],
    ['b', 61],
    ['a', 75],
    ['a', 2],
  ] as const) {
    await clicks.send(page_, { url: '/' }, { timestamp: second * 1000 })
  }
  const told = driver.output('clicks-per-minute').read()
  expect(told).toHaveLength(1)
  expect(told.map(({ value }) => value)).toEqual([2])
  expect(
    driver
      .output('clicks-too-late')
      .read()
      .map(({ key }) => key),
  ).toEqual(['a'])
  await driver.advance('1m')
  expect(driver.output('clicks-per-minute').read()).toHaveLength(2)
  await driver.close()
})
