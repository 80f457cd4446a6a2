import { expect, it } from 'vitest'
import { tumbling } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { input, made, send } from './helpers.js'

it('what lies in memory is restored from its changelog, what lies on disk stays where it is', async () => {
  const driver = await testDriver(
    made(p => {
      const grouped = p.stream(input).groupByKey()
      grouped.count({ as: 'memory', in: 'memory' })
      grouped.count({ as: 'disk' })
      grouped.windowedBy(tumbling(10)).count({ as: 'windows', in: 'memory' })
      grouped
        .count()
        .suppress({ until: 100, as: 'held', in: 'memory' })
        .toStream()
        .forEach(() => {})
    }),
  )
  await send(driver, 'a@1, b@2, a@3, a@4')
  await driver.restart()
  await send(driver, 'a@5, a@12')
  expect(await driver.store('memory').all()).toEqual([
    ['a', 5],
    ['b', 1],
  ])
  expect(await driver.store('disk').all()).toEqual(await driver.store('memory').all())
  expect(await driver.store('windows').fetch('a')).toEqual([[{ key: 'a', start: 10, end: 20 }, 1]])
  await driver.close()
})
