import { from as rxFrom, map } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { from, kafka, long, pipeline, string, topic, type Pipeline } from '../../dsl/index.js'
import { SluiceError } from '../../src/errors.js'
import type { Log } from '../../src/log/log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { testDriver } from '../../src/testing/index.js'
import { through } from '../faults/die.js'
import { batch } from '../log/helpers.js'

const words = topic('words', { key: string, value: string })
const counts = topic('counts', { key: string, value: long })

async function freshLog(): Promise<Log> {
  const log = memoryLog()
  onTestFinished(() => log.close())
  await log.topics.create([{ name: 'words', partitions: 1 }])
  return log
}

async function write(log: Log, values: readonly string[]): Promise<void> {
  const producer = log.producer({})
  await producer.init()
  producer.append('words', 0, batch(...values.map(value => ({ key: 'k', value }))))
  await producer.flush()
  await producer.close()
}

/** A log whose producers of transactions go through `commit`. */
function committing(log: Log, commit: (number: number, really: () => Promise<void>) => Promise<void>): Log {
  let number = 0
  return through(log, {
    producer(options) {
      const producer = log.producer(options)
      return through(producer, { commit: what => commit(++number, () => producer.commit(what)) })
    },
  })
}

/** Runs it and notes what its stream of words emits. */
async function observed(p: Pipeline, log: Log, options: { readonly maxUncommittedBytes?: number } = {}) {
  const seen: string[] = []
  from(p.stream(words)).subscribe(value => void seen.push(value))
  const app = await p.start({ log, commitInterval: '1h', ...options })
  onTestFinished(() => app.close())
  return { app, seen }
}

describe('from(stream)', () => {
  it('emits the values of a stream, and the changes of a table, in their order', async () => {
    const p = pipeline('p')
    const stream = p.stream(words)
    const seen: unknown[] = []
    from(stream.map(value => value.toUpperCase())).subscribe(value => seen.push(value))
    from(
      stream
        .groupBy(value => value)
        .count()
        .toStream(),
    ).subscribe(count => seen.push(count))
    const driver = await testDriver(p)
    for (const word of ['a', 'b', 'a']) await driver.input(words).send('k', word)
    await driver.close()
    expect(seen).toEqual(['A', 1, 'B', 1, 'A', 2])
  })

  it('emits after the commit, not before', async () => {
    const events: string[] = []
    const log = committing(await freshLog(), async (_number, really) => {
      events.push(`before with ${seen.length}`)
      await really()
      events.push(`after with ${seen.length}`)
    })
    const { app, seen } = await observed(pipeline('p'), log)
    await write(log, ['x', 'y'])
    await app.drained()
    expect(seen).toEqual(['x', 'y'])
    expect(events.slice(-2)).toEqual(['before with 0', 'after with 0'])
  })

  it('drops what a failed commit leaves behind: it comes once, when it is committed', async () => {
    let failures = 2
    const log = committing(await freshLog(), (_number, really) => {
      if (worked && failures-- > 0) return Promise.reject(new SluiceError('FENCED', 'another one has come'))
      return really()
    })
    let worked = false
    const p = pipeline('p')
    const { app, seen } = await observed(p, log)
    worked = true
    await write(log, ['x', 'y'])
    await app.drained()
    expect(failures).toBeLessThanOrEqual(0)
    expect(app.status.counters).toMatchObject({ 'recovered{FENCED}': 2 })
    expect(seen).toEqual(['x', 'y'])
  })

  it('emits nothing twice where the answer of a commit was lost', async () => {
    let lost = false
    const log = committing(await freshLog(), async (_number, really) => {
      await really()
      if (!worked || lost) return
      lost = true
      throw new SluiceError('COMMIT_UNKNOWN', 'no answer')
    })
    let worked = false
    const { app, seen } = await observed(pipeline('p'), log)
    // The commit that the start brings about is not the one.
    await app.drained()
    worked = true
    await write(log, ['x'])
    await app.drained()
    await write(log, ['y'])
    await app.drained()
    expect(lost).toBe(true)
    expect(seen).toEqual(['y'])
  })

  it('brings a commit about when too much waits for one', async () => {
    const log = await freshLog()
    const { app, seen } = await observed(pipeline('p'), log, { maxUncommittedBytes: 64 << 10 })
    const values = Array.from({ length: 2000 }, (_, i) => `word ${i}`)
    await write(log, values)
    await app.drained()
    expect(seen).toEqual(values)
    // 2,000 values of about 256 bytes are eight times the limit; the loop looks once in 256 records.
    expect(app.status.commits).toBeGreaterThan(3)
  })

  it('keeps nothing while nobody is subscribed', async () => {
    const p = pipeline('p')
    const values$ = from(p.stream(words))
    const driver = await testDriver(p)
    const seen: string[] = []
    await driver.input(words).send('k', 'before')
    const subscription = values$.subscribe(value => void seen.push(value))
    await driver.input(words).send('k', 'during')
    subscription.unsubscribe()
    await driver.input(words).send('k', 'after')
    await driver.close()
    expect(seen).toEqual(['during'])
  })

  it('goes on after a restart', async () => {
    const p = pipeline('p')
    const seen: string[] = []
    from(p.stream(words)).subscribe(value => void seen.push(value))
    const driver = await testDriver(p, { restartEvery: 1, partitions: 2 })
    for (const word of ['a', 'b', 'c']) await driver.input(words).send(word, word)
    await driver.close()
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  it("has RxJS's own beside it, which counts from its subscription on", async () => {
    const p = pipeline('p')
    const stream = p.stream(words)
    const seen: string[] = []
    const values = rxFrom(stream).pipe(map(value => value.toUpperCase()))
    values.subscribe(value => void seen.push(value))
    const driver = await testDriver(p)
    await driver.input(words).send('k', 'a')
    await driver.close()
    expect(seen).toEqual(['A'])
    const errors: unknown[] = []
    values.subscribe({ error: error => void errors.push(error) })
    expect(String(errors[0])).toMatch(/BAD_TOPOLOGY: .*sealed[^]*from\.test\.ts:\d+/)
  })

  it('is refused once the pipeline is sealed, and with threads', async () => {
    const p = pipeline('p', { module: import.meta.url })
    const stream = p.stream(words)
    from(stream)
    stream.groupByKey().count().toStream().to(counts)
    await expect(p.start({ log: kafka({ brokers: ['127.0.0.1:1'] }), threads: 2 })).rejects.toThrow(
      /UNSUPPORTED: .*other threads[^]*from\.test\.ts:\d+[^]*leave out threads/,
    )
    expect(() => from(stream)).toThrow(/BAD_TOPOLOGY: .*sealed[^]*from\.test\.ts:\d+/)
  })
})
