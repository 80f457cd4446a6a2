import { expect, test } from 'vitest'
import { pipeline, string, topic, type Pipeline, type Serde } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'

let written: string[] = []

/** Text that says when it is written. */
const counted: Serde<string> = {
  name: 'counted',
  serialize(value) {
    written.push(value)
    return Buffer.from(value)
  },
  deserialize: bytes => Buffer.from(bytes).toString(),
}

const [left, right, out] = ['left', 'right', 'out'].map(name => topic(name, { key: string, value: counted }))

/** What is written while a record of each side meets the other. */
async function writtenBy(build: (p: Pipeline) => void): Promise<readonly string[]> {
  const p = pipeline('values-as-read')
  build(p)
  await using driver = await testDriver(p)
  await driver.input(left!).send('a', 'of left', { timestamp: 1 })
  await driver.input(right!).send('a', 'of right', { timestamp: 2 })
  written = []
  await driver.input(left!).send('a', 'later', { timestamp: 3 })
  await driver.input(right!).send('a', 'last', { timestamp: 4 })
  const seen = written
  expect(driver.output(out!).read()).toHaveLength(4)
  return seen.filter(value => !value.includes('&'))
}

test('a join of streams keeps a value as the bytes that it was read from', async () => {
  const sent = ['later', 'last']
  const both = (x: string, y: string) => `${x}&${y}`
  const joined = (p: Pipeline, map?: (value: string) => string): void => {
    const stream = p.stream(left!)
    const other = p.stream(right!).filter(value => value !== '')
    const options = { within: 10, thisValue: counted, otherValue: counted }
    const mapped = map === undefined ? stream : stream.map(map)
    mapped.join(other, both, options).to(out!)
  }
  // The test's own writing of the two records.
  expect(await writtenBy(p => joined(p))).toEqual(sent)
  expect(await writtenBy(p => joined(p, value => `${value}!`))).toEqual(['later', 'later!', 'last'])
})
