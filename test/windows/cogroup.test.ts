import { describe, expect, it } from 'vitest'
import { session, sliding, string, tumbling } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { input, made, other, send, shown, texts } from './helpers.js'

describe('cogroup', () => {
  it('makes one aggregate of several streams, each with its own function', async () => {
    const driver = await testDriver(
      made(p =>
        p
          .stream(input)
          .groupByKey()
          .cogroup((text: string, value) => `${text}+${value}`)
          .cogroup(p.stream(other).groupByKey(), (text, value) => `${text}-${value}`)
          .aggregate(() => '', { as: 'both', value: string }),
      ),
    )
    await send(driver, 'k 1@5, k 2@3')
    await send(driver, 'k 3@4, l 4@9', other)
    expect(await driver.store('both').all()).toEqual([
      ['k', '+1+2-3'],
      ['l', '-4'],
    ])
    expect(driver.store('both').timestampOf('k')).toBe(5)
    await driver.close()
  })

  it('brings streams of new keys together, each by its own topic', async () => {
    const p = made(each =>
      each
        .stream(input)
        .groupBy(value => value)
        .cogroup((text: string, _, key) => `${text}+${key}`)
        .cogroup(
          each.stream(other).groupBy(value => value),
          text => `${text}!`,
        )
        .aggregate(() => '', { as: 'both', value: string }),
    )
    const { repartitions, subTopologies } = p.describe().toJSON()
    expect(repartitions.map(({ name }) => name)).toEqual(['both', 'both-1'])
    expect(subTopologies).toHaveLength(3)
    const driver = await testDriver(p, { partitions: 4 })
    await send(driver, 'a x@1, b x@2')
    await send(driver, 'c x@3', other)
    expect(driver.store('both').get('x')).toBe('+x+x!')
    await driver.close()
  })

  it('works over windows, where each stream has its own time', async () => {
    const driver = await testDriver(
      made(p =>
        p
          .stream(input)
          .groupByKey()
          .cogroup((text: string, value) => `${text}+${value}`)
          .cogroup(p.stream(other).groupByKey(), (text, value) => `${text}-${value}`)
          .windowedBy(tumbling(10))
          .aggregate(() => '', { value: string })
          .toStream()
          .to(texts),
      ),
    )
    await send(driver, 'k 1@5, k 2@20, k late@6')
    await send(driver, 'k 3@7', other)
    expect(shown(driver.output(texts).read())).toEqual(['k[0,10)=+1@5', 'k[20,30)=+2@20', 'k[0,10)=+1-3@7'])
    await driver.close()
  })

  it('tells a window behind suppress again, as Kafka Streams does, for what the slower stream still has in time', async () => {
    const p = made(each =>
      each
        .stream(input)
        .groupByKey()
        .cogroup((text: string, value) => `${text}+${value}`)
        .cogroup(each.stream(other).groupByKey(), (text, value) => `${text}-${value}`)
        .windowedBy(tumbling(10))
        .aggregate(() => '', { as: 'both', value: string })
        .suppress({ until: 'window-closes' })
        .toStream()
        .to(texts),
    )
    await using driver = await testDriver(p)
    await send(driver, 'k 1@5, k 2@15')
    expect(shown(driver.output(texts).read())).toEqual(['k[0,10)=+1@5'])
    // The other stream is at 7: for it the window is open.
    await send(driver, 'k 3@7', other)
    expect(shown(driver.output(texts).read())).toEqual(['k[0,10)=+1-3@7'])
  })

  it('works over sessions and sliding windows', async () => {
    const driver = await testDriver(
      made(p => {
        const both = p
          .stream(input)
          .groupByKey()
          .cogroup((text: string, value) => `${text}+${value}`)
          .cogroup(p.stream(other).groupByKey(), (text, value) => `${text}-${value}`)
        both.windowedBy(session(10, { grace: 50 })).aggregate(() => '', {
          as: 'sessions',
          value: string,
          merger: (a, b) => `${a}|${b}`,
        })
        both.windowedBy(sliding(10, { grace: 50 })).aggregate(() => '', { as: 'sliding', value: string })
      }),
    )
    await send(driver, 'k 1@20')
    await send(driver, 'k 2@28', other)
    expect(await driver.store('sessions').all()).toEqual([[{ key: 'k', start: 20, end: 28 }, '|+1-2']])
    expect(await driver.store('sliding').all()).toEqual([
      [{ key: 'k', start: 10, end: 20 }, '+1'],
      [{ key: 'k', start: 18, end: 28 }, '+1-2'],
      [{ key: 'k', start: 21, end: 31 }, '-2'],
    ])
    await driver.close()
  })
})
