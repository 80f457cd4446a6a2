import { expect, test } from 'vitest'
import { json, pipeline, string, topic, type Pipeline } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'

const words = topic('words', { key: string, value: string })
const results = topic('results', { key: string, value: string })

/** Fails as often as it is told to for a word. */
function failing(times: Record<string, number>) {
  const tried: string[] = []
  return {
    tried,
    work(word: string): string {
      tried.push(word)
      times[word] ??= 0
      if (times[word]-- > 0) throw new Error(`not yet ${word}`)
      return word
    },
  }
}

async function driven(app: Pipeline) {
  const driver = await testDriver(app, { partitions: 2 })
  const read = () =>
    driver
      .output(results)
      .read()
      .map(({ key, value }) => `${key} ${value}`)
  return { driver, read }
}

test('a retry of the pipeline covers what no other does, in each of its tasks, then its dead letters follow', async () => {
  const app = pipeline('app', { value: json() }).retry({ attempts: 2, backoff: '1s' }).deadLetter('dead')
  const first = failing({ a: 1, c: 9 })
  const own = failing({ b: 2 })
  const behind = failing({ b: 1 })
  app
    .stream(words)
    .map(word => first.work(word))
    .repartition({ value: string })
    .map(word => own.work(word))
    .retry({ attempts: 3, backoff: '1s' })
    .selectKey((word, key) => `${key}-${word}`)
    .repartition({ as: 'again', value: string })
    .filter(word => behind.work(word))
    .to(results)
  const { driver, read } = await driven(app)
  for (const word of ['a', 'b', 'c']) await driver.input(words).send(word, word)
  expect(read()).toEqual([])
  await driver.restart()
  for (let seconds = 0; seconds < 4; seconds++) await driver.advance('1s')
  expect(read().toSorted()).toEqual(['a-a a', 'b-b b'])
  expect(first.tried.toSorted()).toEqual(['a', 'a', 'b', 'c', 'c'])
  expect(own.tried.toSorted()).toEqual(['a', 'b', 'b', 'b'])
  expect(behind.tried.toSorted()).toEqual(['a', 'b', 'b'])
  const dead = driver.output('dead').read()
  expect(dead.map(({ headers }) => headers.text('sluice.attempt'))).toEqual(['2'])
  await driver.close()
})

test('the functions that choose keys for groups are tried again, those of tables are not', async () => {
  const app = pipeline('app', { value: json() }).retry({ attempts: 5, backoff: '1s' })
  const stream = failing({ a: 1 })
  const table = failing({ x: 1 })
  app
    .stream(words)
    .groupBy(word => stream.work(word))
    .count({ as: 'counts' })
  app
    .table(topic('rows', { key: string, value: string }))
    .groupBy((row, key) => [table.work(row), key], { value: string })
    .count({ as: 'groups' })
  const { driver } = await driven(app)
  await driver.input(words).send('k', 'a')
  await driver.advance('1s')
  expect(driver.store('counts').get('a')).toBe(1)
  await expect(driver.input('rows').send('k', 'x')).rejects.toThrow(/not yet x/)
})

test('it has no name, no missing end, and something to cover', () => {
  expect(() => pipeline('app').retry({ attempts: 2, as: 'mine' } as never)).toThrow(
    /BAD_ARGUMENT: retry\(\{ as \}\) of a pipeline.*pipeline-retry\.test\.ts/s,
  )
  expect(() => pipeline('app').retry({ attempts: Infinity })).toThrow(/has no end/)
  const app = pipeline('app').retry({ attempts: 2 })
  app.stream(words).to(results)
  expect(() => app.lower()).toThrow(/BAD_TOPOLOGY: retry\(\) covers no operator.*pipeline-retry\.test\.ts/s)
  expect(() => app.retry({ attempts: 2 })).toThrow(/is sealed/)
})
