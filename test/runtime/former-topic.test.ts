import { describe, expect, onTestFinished, test } from 'vitest'
import { embedded, memory, pipeline, string, topic } from '../../dsl/index.js'
import type { Log } from '../../src/log/log.js'
import { reset } from '../../src/runtime/reset.js'
import { produce } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

/** @param changelog that makes a table of what its topic has */
function contract(open: () => Promise<Log>, changelog: true | 'topic'): void {
  const setUp = async (partitions = 1) => {
    const log = await open()
    onTestFinished(() => log.close())
    await log.topics.create(['words', 'rows', 'others'].map(name => ({ name, partitions })))
    const stateDir = await temporaryDirectory()
    const built = (rows: string | undefined) => {
      const p = pipeline('app')
      const words = p.stream(topic('words', { key: string, value: string }))
      words.groupByKey().count({ as: 'counts' })
      if (rows !== undefined) {
        const table = p.table(topic(rows, { key: string, value: string }), { as: 'table', changelog })
        words.join(table, (_, row) => row).forEach(() => {})
      }
      return p
    }
    /** Runs a version, and answers the rows of the table and the counts of the words. */
    const run = async (rows: string | undefined) => {
      await using app = await built(rows).start({ log, stateDir })
      await app.drained()
      const of = async (name: string) => {
        const found: Record<string, unknown> = {}
        for await (const [key, value] of app.query<string, unknown>({ name }).all()) found[key] = value
        return found
      }
      return { counts: await of('counts'), table: rows === undefined ? {} : await of('table') }
    }
    const begunAnew = (rows: string) => reset(log, built(rows).lower(), stateDir, async () => true)
    return { log, run, begunAnew }
  }

  test('a table whose topic was deleted and made anew has the rows of the new one', async () => {
    const { log, run } = await setUp()
    await produce(log, 'words', 0, { key: 'a', value: '' })
    await produce(log, 'rows', 0, { key: 'a', value: 'first' }, { key: 'b', value: 'gone' })
    expect(await run('rows')).toEqual({ counts: { a: 1 }, table: { a: 'first', b: 'gone' } })
    await log.topics.delete(['rows'])
    await log.topics.create([{ name: 'rows', partitions: 1 }])
    await produce(log, 'rows', 0, { key: 'a', value: 'second' })
    const second = { counts: { a: 1 }, table: { a: 'second' } }
    expect(await run('rows')).toEqual(second)
    expect(await run('rows')).toEqual(second)
  })

  test('the former rows are gone from a partition to which nothing was written anew', async () => {
    const { log, run } = await setUp(2)
    await produce(log, 'rows', 1, { key: 'a', value: 'first' })
    await run('rows')
    await log.topics.delete(['rows'])
    await log.topics.create([{ name: 'rows', partitions: 2 }])
    await produce(log, 'rows', 0, { key: 'b', value: 'second' })
    expect((await run('rows')).table).toEqual({ b: 'second' })
  })

  test('a row that is deleted behind a reset is gone', async () => {
    const { log, run, begunAnew } = await setUp()
    await produce(log, 'rows', 0, { key: 'a', value: 'first' }, { key: 'b', value: 'second' })
    await run('rows')
    await log.topics.deleteRecords([{ topic: 'rows', partition: 0, offset: 1 }])
    await begunAnew('rows')
    expect((await run('rows')).table).toEqual({ b: 'second' })
  })

  test('a table that reads another topic under its name has the rows of that', async () => {
    const { log, run } = await setUp()
    await produce(log, 'rows', 0, { key: 'a', value: 'first' }, { key: 'b', value: 'gone' })
    await produce(log, 'others', 0, { key: 'a', value: 'second' })
    await run('rows')
    expect(await run('others')).toEqual({ counts: {}, table: { a: 'second' } })
    await produce(log, 'others', 0, { key: 'c', value: 'third' })
    expect((await run('others')).table).toEqual({ a: 'second', c: 'third' })
  })

  test('a topic that was read as a stream is a table of all that is in it', async () => {
    const { log, run } = await setUp()
    await produce(log, 'words', 0, { key: 'a', value: 'one' })
    await run(undefined)
    await produce(log, 'words', 0, { key: 'b', value: 'two' })
    expect((await run('words')).table).toEqual({ a: 'one', b: 'two' })
    await produce(log, 'words', 0, { key: 'b', value: 'new' }, { key: 'c', value: 'three' })
    await run(undefined)
    expect((await run('words')).table).toEqual({ a: 'one', b: 'new', c: 'three' })
  })

  test('a table that comes to an application has all of its rows, and keeps them', async () => {
    const { log, run } = await setUp()
    await produce(log, 'words', 0, { key: 'a', value: '' })
    await produce(log, 'rows', 0, { key: 'a', value: 'row' })
    await run(undefined)
    expect((await run('rows')).table).toEqual({ a: 'row' })
    await run(undefined)
    await produce(log, 'rows', 0, { key: 'b', value: 'row' })
    expect((await run('rows')).table).toEqual({ a: 'row', b: 'row' })
  })
}

describe('the topic of a table is another, on the embedded log', () =>
  contract(async () => embedded(await temporaryDirectory()).open(), true))

describe('the topic of a table is another, on the memory log', () => contract(() => memory().open(), 'topic'))

test('with a changelog of its own, a table goes on with its rows, and what is made of it with what it has taken in', async () => {
  const log = await memory().open()
  onTestFinished(() => log.close())
  const stateDir = await temporaryDirectory()
  const people = topic('people', { key: string, value: string })
  const run = async () => {
    const p = pipeline('app')
    p.table(people, { as: 'people' })
      .groupBy((city, name) => [city, name], { value: string })
      .count({ as: 'cities' })
    await using app = await p.start({ log, stateDir })
    await app.drained()
    const of = async (name: string) => {
      const found: Record<string, unknown> = {}
      for await (const [key, value] of app.query<string, unknown>({ name }).all()) found[key] = value
      return found
    }
    return { people: await of('people'), cities: await of('cities') }
  }
  const make = async () => log.topics.create([{ name: 'people', partitions: 1 }])
  await make()
  await produce(log, 'people', 0, { key: 'ada', value: 'Rome' }, { key: 'bob', value: 'Rome' })
  await run()
  await log.topics.delete(['people'])
  await make()
  await produce(log, 'people', 0, { key: 'ada', value: 'Oslo' })
  const after = { people: { ada: 'Oslo', bob: 'Rome' }, cities: { Oslo: 1, Rome: 1 } }
  expect(await run()).toEqual(after)
  expect(await run()).toEqual(after)
})
