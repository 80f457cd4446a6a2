import { expect, it } from 'vitest'
import { tumbling } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { counts, input, made, other, send, shown } from './helpers.js'

it.each([
  ['alike', 0],
  ['of different priority', 1],
])(
  'windows that were held open for a parked record close when it is done, without another record: sources %s',
  async (_, priority) => {
    let fails = 1
    const driver = await testDriver(
      made(p => {
        p.stream(other, { priority }).forEach(() => {})
        p.stream(input)
          .map(value => {
            if (fails-- > 0) throw new Error('not yet')
            return value
          })
          .retry({ attempts: 2, backoff: '1s' })
          .groupByKey()
          .windowedBy(tumbling('10s'))
          .count({ emit: 'final' })
          .toStream()
          .to(counts)
      }),
    )
    await send(driver, 'a@1000, b@50000')
    expect(shown(driver.output(counts).read())).toEqual([])
    await driver.advance('1s')
    expect(shown(driver.output(counts).read())).toEqual(['a[0,10000)=1@1000'])
    await driver.close()
  },
)
