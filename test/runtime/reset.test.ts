import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  embedded,
  long,
  pipeline,
  recordWriter,
  session,
  string,
  topic,
  tumbling,
  type Log,
  type Pipeline,
} from 'sluice'
import { reset } from '../../src/runtime/reset.js'
import { through } from '../faults/die.js'
import { suffixes } from '../../src/store/suffixes.js'

const words = topic('words', { key: string, value: string })
const ends = topic('ends', { key: string, value: long })

/** With every kind of store that keeps something beside its own name. */
function counting(): Pipeline {
  const app = pipeline('counting')
  const grouped = app.stream(words).groupByKey()
  grouped
    .windowedBy(tumbling('10s', { grace: '1h' }))
    .count({ as: 'windows' })
    .suppress({ until: 'window-closes', as: 'held' })
    .toStream({ tombstones: false })
    .mapRecord(({ key, value, timestamp }) => ({ key: key.key, value, timestamp }))
    .to(ends)
  grouped.windowedBy(session('10s')).count({ as: 'sessions' })
  app.table(topic('rows', { key: string, value: string }), { as: 'rows', history: '1h' })
  return app
}

it('leaves no state of any kind on the embedded log, and no position', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-reset-'))
  const log = await embedded(dir).open()
  try {
    await log.topics.create(['words', 'rows', 'ends'].map(name => ({ name, partitions: 1 })))
    await write(log)
    const running = await counting().start({ log })
    await running.drained()
    await running.close()
    const before = await present(log)
    expect([...new Set(before.map(name => name.replace(/^[^~]*/, '')))].toSorted()).toEqual(
      ['', ...suffixes].toSorted(),
    )

    let plan: unknown
    const ask = (answer: boolean) => async (told: unknown) => ((plan = told), answer)
    expect(await reset(log, counting().lower(), dir, ask(false))).toBe(false)
    expect(await present(log)).toEqual(before)
    expect(await reset(log, counting().lower(), dir, ask(true))).toBe(true)
    expect(plan).toMatchObject({ application: 'counting', topics: [], directory: undefined })
    expect(await present(log)).toEqual([])
    const positions = await log.committed('counting', [{ topic: 'words', partition: 0 }])
    expect([...positions.values()]).toEqual([{ offset: 0, metadata: '' }])
  } finally {
    await log.close()
    await rm(dir, { recursive: true, force: true })
  }
})

it('broken off half-way, it keeps the application from starting until it is done again', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-reset-'))
  const log = await embedded(dir).open()
  const app = () => {
    const counted = pipeline('halves')
    counted
      .stream(words)
      .groupBy(word => word)
      .count({ as: 'counts' })
      .toStream({ tombstones: false })
      .to(ends)
    return counted
  }
  try {
    await log.topics.create(['words', 'rows', 'ends'].map(name => ({ name, partitions: 1 })))
    await write(log)
    const first = await app().start({ log })
    await first.drained()
    await first.close()
    const topics = through(log.topics, { delete: () => Promise.reject(new Error('the power went')) })
    const dying = through(log, { topics })
    await expect(reset(dying, app().lower(), dir, async () => true)).rejects.toThrow('the power went')
    await expect(app().start({ log })).rejects.toMatchObject({
      code: 'STATE_DAMAGED',
      message: expect.stringContaining('sluice reset') as unknown,
    })
    expect(await reset(log, app().lower(), dir, async () => true)).toBe(true)
    await using again = await app().start({ log })
    await again.drained()
    expect(await again.query<string, number>({ name: 'counts' }).get('ape')).toBe(3)
  } finally {
    await log.close()
    await rm(dir, { recursive: true, force: true })
  }
})

it('helps where the embedded log has state in another number of partitions, which is refused', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-reset-'))
  const log = await embedded(dir).open()
  const app = (partitions?: number) => {
    const counted = pipeline('moved')
    const read = counted.stream(words)
    const grouped = (partitions === undefined ? read : read.repartition({ as: 'way', partitions })).groupByKey()
    grouped.count({ as: 'counts' })
    return counted
  }
  const counts = async (partitions?: number) => {
    await using running = await app(partitions).start({ log })
    await running.drained()
    const found: [string, number][] = []
    for await (const entry of running.query<string, number>({ name: 'counts' }).all()) found.push(entry)
    return found.toSorted()
  }
  const refused = (needed: number) => ({
    code: 'TOPIC_MISMATCH',
    what: `the store "counts" has its state in 3 partitions, and the pipeline now needs ${needed}`,
    hint: expect.stringContaining('sluice reset') as unknown,
  })
  const keys = ['a', 'b', 'c', 'd', 'e', 'f']
  const make = async (partitions: number) => {
    await log.topics.create([{ name: 'words', partitions }])
    await write(log, keys)
  }
  try {
    await make(3)
    const once = keys.map(key => [key, 1])
    expect(await counts()).toEqual(once)
    await expect(counts(2)).rejects.toMatchObject(refused(2))
    await log.topics.delete(['words'])
    await make(2)
    await expect(counts()).rejects.toMatchObject(refused(2))
    await expect(counts(5)).rejects.toMatchObject(refused(5))
    expect(await reset(log, app().lower(), dir, async () => true)).toBe(true)
    expect(await counts()).toEqual(once)
  } finally {
    await log.close()
    await rm(dir, { recursive: true, force: true })
  }
})

async function write(log: Log, keys?: readonly string[]): Promise<void> {
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, keys === undefined ? ['words', 'rows'] : ['words'])
  for (const key of keys ?? []) writer.write(words, { key, value: '', timestamp: 0 })
  for (const timestamp of keys === undefined ? [1_000, 2_000, 12_000] : []) {
    writer.write(words, { key: 'a', value: 'ape', timestamp })
    writer.write({ ...words, name: 'rows' }, { key: 'a', value: `row ${timestamp}`, timestamp })
  }
  writer.handOver()
  await producer.flush()
  await producer.close()
}

/** The stores that hold something. */
async function present(log: Log): Promise<string[]> {
  const names = counting()
    .lower()
    .stores.flatMap(({ name }) => ['', ...suffixes].map(suffix => name + suffix))
  const found: string[] = []
  for (const name of names) {
    for await (const _ of log.state!.store(`counting/${name}/0`).entries()) {
      found.push(name)
      break
    }
  }
  return found
}
