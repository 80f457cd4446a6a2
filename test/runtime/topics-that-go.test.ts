import { expect, onTestFinished, test, vi } from 'vitest'
import { memory, pipeline, string, topic } from '../../dsl/index.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import { describeKafka } from '../kafka/shared.js'
import { produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

const out = topic('out', { key: string, value: string })

async function byPattern(...topics: string[]) {
  const log = await memory().open()
  onTestFinished(() => log.close())
  await log.topics.create([...topics, 'out'].map(name => ({ name, partitions: 1 })))
  const p = pipeline('app')
  p.stream(/^a-/, { key: string, value: string, keyless: true }).to(out)
  const app = await p.start({ log, topicRefresh: 10, stateDir: await temporaryDirectory() })
  onTestFinished(() => app.close())
  return { log, app }
}

test('a pipeline that reads by a pattern goes on where one of its topics is deleted', async () => {
  const { log, app } = await byPattern('a-1', 'a-2')
  await produce(log, 'a-2', 0, 'before')
  await app.drained()
  await log.topics.delete(['a-2'])
  await produce(log, 'a-1', 0, 'behind')
  await vi.waitFor(async () => expect(await valuesOf(log, 'out', 0)).toEqual(['before', 'behind']))
  await app.drained()
  expect(app.status.state).toBe('running')
})

test('drained() right behind the deletion of a topic of a pattern is without it', async () => {
  const { log, app } = await byPattern('a-1', 'a-2', 'a-3')
  await produce(log, 'a-1', 0, 'one')
  await log.topics.delete(['a-2', 'a-3'])
  await app.drained()
  expect(await valuesOf(log, 'out', 0)).toEqual(['one'])
})

test('nor does it wait for a topic of a pattern that goes meanwhile', async () => {
  const { log, app } = await byPattern('a-1', 'a-2')
  app.pause()
  await produce(log, 'a-1', 0, 'one')
  await produce(log, 'a-2', 0, 'gone')
  const asked = vi.spyOn(log, 'committed')
  const drained = app.drained()
  await vi.waitFor(() => expect(asked).toHaveBeenCalled())
  await log.topics.delete(['a-2'])
  app.resume()
  await drained
  expect(await valuesOf(log, 'out', 0)).toEqual(['one'])
})

test('a table of fewer partitions than the stream it is merged with is in some of the tasks', async () => {
  const log = await memory().open()
  onTestFinished(() => log.close())
  await log.topics.create([
    { name: 'words', partitions: 2 },
    { name: 'rows', partitions: 1 },
    { name: 'out', partitions: 1 },
  ])
  const p = pipeline('app')
  const rows = p.table(topic('rows', { key: string, value: string }), { as: 'rows' })
  p.stream(topic('words', { key: string, value: string }), { keyless: true })
    .merge(rows.toStream({ tombstones: false }))
    .to(out)
  await produce(log, 'words', 0, 'one')
  await produce(log, 'words', 1, 'two')
  await produce(log, 'rows', 0, { key: 'k', value: 'row' })
  const app = await p.start({ log, stateDir: await temporaryDirectory() })
  onTestFinished(() => app.close())
  await app.drained()
  expect((await valuesOf(log, 'out', 0)).toSorted()).toEqual(['one', 'row', 'two'])
  expect(await app.query<string, string>({ name: 'rows' }).get('k')).toBe('row')
})

describeKafka('a topic that is deleted and made again while a pipeline reads it', shared => {
  test('stops the pipeline, however many records it has by then', { timeout: 60_000 }, async () => {
    const log = await kafka({ brokers: shared.brokers }).open()
    onTestFinished(() => log.close())
    const [input, output] = ['in', 'out'].map(name => shared.name(name))
    await log.topics.create([input!, output!].map(name => ({ name, partitions: 1 })))
    const p = pipeline(shared.name('app'))
    const from = topic(input!, { key: string, value: string })
    p.stream(from, { keyless: true }).to(topic(output!, { key: string, value: string }))
    for (const value of ['one', 'two']) await produce(log, input!, 0, value)
    const app = await p.start({ log, topicRefresh: 200, stateDir: await temporaryDirectory() })
    onTestFinished(() => app.close().catch(() => {}))
    await app.drained()
    app.pause()
    await log.topics.delete([input!])
    await log.topics.create([{ name: input!, partitions: 1 }])
    for (const value of ['three', 'four', 'five']) await produce(log, input!, 0, value)
    app.resume()
    await vi.waitFor(() => expect(app.status.state).toBe('error'), { timeout: 10_000 })
    expect(app.status.error).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE', place: { topic: input } })
  })
})
