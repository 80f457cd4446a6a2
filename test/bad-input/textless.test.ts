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

const unwilling = {
  get: (): never => {
    throw new Error('not even that')
  },
}

test.each<[what: string, thrown: () => unknown, text: unknown]>([
  ['an object without a prototype', () => Object.create(null) as unknown, '[Object: null prototype] {}'],
  ['an object that is no error', () => ({ code: 42, details: 'quota' }), "{ code: 42, details: 'quota' }"],
  ['an error that was given an object', () => new Error(Object({ code: 42 })), '[object Object]'],
  ['an object whose toString throws', () => ({ toString: unwilling.get }), '{ toString: [Function: get] }'],
  [
    'an error whose message and stack throw',
    () => Object.defineProperties(new Error('hidden'), { stack: unwilling, message: unwilling }),
    // Node 26 finds a text even there.
    expect.stringMatching(/^(something without a text was thrown|\[object Error\])$/),
  ],
])('%s goes to the dead-letter topic all the same', async (_what, thrown, text) => {
  const p = pipeline('shop', { value: json() })
  p.deadLetter(dead)
  p.stream(orders)
    .map(() => {
      throw thrown()
    })
    .to(topic('out', { key: string, value: json() }))
  await using driver = await testDriver(p)
  await driver.input(orders).send('k', 'v')
  const letters = driver.output(dead).read()
  expect(letters.map(({ value, headers }) => [value, headers.text('sluice.error')])).toEqual([['v', text]])
})

test('it stops a pipeline without a dead-letter topic with the place of the record', async () => {
  const p = pipeline('shop', { value: json() })
  p.stream(orders)
    .map(() => {
      throw Object.create(null)
    })
    .to(topic('out', { key: string, value: json() }))
  const driver = await testDriver(p)
  await expect(driver.input(orders).send('k', 'v')).rejects.toThrow(
    /CALLBACK: .*null prototype.*topic orders.*offset 0/,
  )
  await driver.close().catch(() => {})
})
