import { describe, expect, test } from 'vitest'
import { json, pipeline, string, topic, type Serde } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'

/** Keys that others wrote, each in two ways that read as the same. */
const cases: readonly (readonly [name: string, serde: Serde<any>, one: Buffer, other: Buffer])[] = [
  ['JSON', json(), Buffer.from('{"a":1}'), Buffer.from('{ "a": 1.0 }')],
  ['text', string, Buffer.from('\ufffd'), Buffer.from([0xff])],
]

describe.each(cases)('a table of keys in %s that others wrote', (_, key, one, other) => {
  const rows = topic('rows', { key, value: string })
  const asked = topic('asked', { key, value: string })
  const out = topic('out', { key, value: string })

  test.each([['running on'], ['restored']])('is the same, %s', async how => {
    const p = pipeline('app')
    p.stream(asked)
      .leftJoin(p.table(rows, { as: 'rows' }), (value, row) => `${value} ${row}`)
      .to(out)
    const driver = await testDriver(p, { restartEvery: how === 'restored' ? 1 : false })
    await driver.input(rows).sendBytes(other, Buffer.from('first'))
    await driver.input(asked).sendBytes(one, Buffer.from('1:'))
    await driver.input(rows).sendBytes(one, Buffer.from('second'))
    await driver.input(asked).sendBytes(other, Buffer.from('2:'))
    await driver.input(rows).sendBytes(other, null)
    await driver.input(asked).sendBytes(one, Buffer.from('3:'))
    const read = driver.output(out).read()
    expect(read.map(({ value }) => value)).toEqual(['1: first', '2: second', '3: null'])
    expect([...(await driver.store('rows').all())]).toEqual([])
    await driver.close()
  })
})
