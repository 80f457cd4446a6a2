import { expect, it } from 'vitest'
import { json, long, pipeline, string, topic } from '../../dsl/index.js'
import { sourceLevels } from '../../src/topology/levels.js'
import { testDriver } from '../../src/testing/index.js'
import { sink, source, step, topology } from './spec.js'

const input = topic('input', { key: string, value: string })
const rows = topic('rows', { key: string, value: string })
const middle = topic('middle', { key: string, value: string })
const output = topic('output', { key: string, value: json<string>() })

const topicsOf = (built: ReturnType<typeof pipeline>): unknown[] =>
  sourceLevels(built.lower()).map(sources => sources.flatMap(({ topics }) => topics as readonly string[]))

it('sources come after those that write their topics', () => {
  const built = pipeline('app')
  built
    .stream(input)
    .groupBy(value => value)
    .count({ as: 'first' })
    .toStream({ tombstones: false })
    .groupBy(count => String(count), { value: long })
    .count({ as: 'second' })
  built.stream(input).to(middle)
  built.stream(middle).forEach(() => {})
  expect(topicsOf(built)).toEqual([
    ['input'],
    expect.toSatisfy((topics: string[]) => topics.toSorted().join() === 'app-first-repartition,middle'),
    ['app-second-repartition'],
  ])
})

it('a dead-letter topic comes after those whose letters it takes', () => {
  const built = pipeline('app')
  built
    .stream(input)
    .repartition({ as: 'spread' })
    .map(value => value)
    .deadLetter(middle)
    .forEach(() => {})
  built.stream(middle).forEach(() => {})
  expect(topicsOf(built)).toEqual([['input'], ['app-spread-repartition'], ['middle']])
})

it('a pattern does not read the internal topics that it would find', () => {
  const built = pipeline('app')
  built
    .stream(/input/, { key: string, value: string })
    .groupBy(value => value)
    .count({ as: 'of-input' })
  expect(sourceLevels(built.lower()).map(sources => sources.map(({ topics }) => String(topics)))).toEqual([
    ['/input/'],
    ['app-of-input-repartition'],
  ])
})

it('a topic that a pipeline feeds back to itself ends the search', () => {
  const built = pipeline('app')
  built.stream(input).to(input)
  expect(topicsOf(built).flat()).toEqual(['input'])
})

it('drained() waits for what a sub-topology writes to a topic of its own', async () => {
  const built = pipeline('app', { value: json() })
  const left = built.table(input, { as: 'left' })
  const right = built.table(rows, { as: 'right' })
  left
    .join(right, (a, b) => a + b)
    .toStream({ tombstones: false })
    .to(output)
  const counts = left.groupBy(value => [value, value]).count({ as: 'counts' })
  // Joins with `right` as well, so that the repartition topic is read by the tasks that write it.
  counts
    .join(right, (count, b) => `${count}${b}`)
    .toStream({ tombstones: false })
    .to(output)

  await using driver = await testDriver(built)
  await driver.input(rows).send('x', '!', { timestamp: 1 })
  await driver.input(input).send('k', 'x', { timestamp: 2 })
  expect(driver.output(output).read()).toMatchObject([{ key: 'x', value: '1!' }])
})

it('a pipeline of any length has levels', () => {
  const steps = Array.from({ length: 20_000 }, (_, i) => step(`s${i}`, i === 0 ? 'a' : `s${i - 1}`))
  const nodes = [source('a'), ...steps, sink('o', 's19999', 'b'), source('b')]
  expect(sourceLevels(topology({ nodes })).map(sources => sources.map(({ name }) => name))).toEqual([['a'], ['b']])
})
