import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafka as kafkaLog, SluiceError, type Log, type Running, type StartOptions } from 'sluice'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { describeKafka } from '../../kafka/shared.js'
import { counting, counts } from './fixtures/counting.js'
import { expected, lastTotals, makeTopics, write } from './words.js'

// Each start waits for a group to form, on a machine that has other things to do.
vi.setConfig({ testTimeout: 90_000 })

describeKafka('threads', kafka => {
  let log: Log
  let dir: string
  const running: Running[] = []

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-threads-'))
    log = await kafkaLog({ brokers: kafka.brokers }).open()
  })
  afterEach(async () => {
    await Promise.allSettled(running.splice(0).map(app => app.close()))
  })
  afterAll(async () => {
    await log.close()
    await rm(dir, { recursive: true, force: true })
  })

  async function fresh(output: Record<string, string> = {}): Promise<string> {
    const app = kafka.name('threads')
    await makeTopics(log, app, output)
    return app
  }
  async function start(app: string, options: Partial<StartOptions> = {}): Promise<Running> {
    const { brokers } = kafka
    const started = await counting(app).start({
      log: kafkaLog({ brokers }),
      stateDir: join(dir, app),
      threads: 2,
      ...options,
    })
    running.push(started)
    return started
  }

  it('share the tasks, count each record once, answer queries, and go on in one thread', async () => {
    const app = await fresh()
    await write(log, app, 0, 10_000)
    const first = await start(app)
    await first.drained()
    expect(await lastTotals(log, app)).toEqual(expected(10_000))
    expect(first.status).toMatchObject({ state: 'running', lag: 0, records: 20_000 })
    expect(first.status.tasks).toHaveLength(8)
    expect(new Set(first.status.tasks).size).toBe(8)
    const reader = first.query(counts)
    expect(await reader.get('w3')).toBe(expected(10_000)['w3'])
    expect(await reader.get('nothing')).toBeUndefined()
    const all: [string, number][] = []
    for await (const entry of reader.all()) all.push(entry)
    expect(all).toHaveLength(97)
    expect(Object.fromEntries(all)).toEqual(expected(10_000))
    await first.close()
    expect(first.status.state).toBe('closed')

    await write(log, app, 10_000, 11_000)
    const second = await start(app, { threads: 1 })
    await second.drained()
    expect(second.status.records).toBe(2_000)
    expect(await lastTotals(log, app)).toEqual(expected(11_000))
  })

  it('pause, go on, and show a key as it changes', async () => {
    const app = await fresh()
    await write(log, app, 0, 970)
    const running = await start(app)
    await running.drained()
    const seen: (number | undefined)[] = []
    const watching = running
      .query(counts)
      .watch('w3')
      .subscribe(value => seen.push(value))
    running.pause()
    expect(running.status.state).toBe('paused')
    await write(log, app, 970, 1067)
    running.resume()
    await running.drained()
    expect(await running.query(counts).get('w3')).toBe(11)
    await expect.poll(() => seen.at(-1)).toBe(11)
    watching.unsubscribe()
    expect(seen).toEqual([10, 11])
    const range: string[] = []
    for await (const [key] of running.query(counts).range('w1', 'w12')) range.push(key)
    expect(range.toSorted()).toEqual(['w1', 'w10', 'w11', 'w12'])
    for await (const _ of running.query(counts).all()) break
  })

  it('stop together when a callback throws in one, with its error, and lose nothing', async () => {
    const app = await fresh()
    const told: Error[] = []
    const first = await start(app, { onError: error => told.push(error) })
    await write(log, app, 0, 100)
    await first.drained()
    await write(log, app, 100, 101, () => 'poison')
    await expect(first.drained()).rejects.toMatchObject({
      code: 'CALLBACK',
      what: expect.stringContaining('I will not'),
      hint: expect.stringContaining('mend the function'),
      place: {
        topic: `${app}-words`,
        operator: expect.stringMatching(/map/),
        line: expect.stringMatching(/counting\.ts/),
      },
      cause: expect.objectContaining({ message: 'I will not' }),
    })
    await expect(first.closed).rejects.toBeInstanceOf(SluiceError)
    expect(first.status).toMatchObject({ state: 'error', tasks: [] })
    expect(told).toHaveLength(1)
    expect(await lastTotals(log, app)).toEqual(expected(100))
  })

  it('stop with the error of a topic that refuses a record', async () => {
    const app = await fresh({ 'message.timestamp.before.max.ms': '1000' })
    const first = await start(app)
    await write(log, app, 0, 1)
    await expect(first.drained()).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      what: expect.stringContaining('INVALID_TIMESTAMP'),
      place: { topic: `${app}-totals`, partition: expect.any(Number) },
      hint: expect.stringContaining('message.timestamp.before.max.ms'),
    })
  })

  it('stop together when one dies of an error that nothing catches, and can be started again at once', async () => {
    const app = await fresh()
    const first = await start(app)
    await write(log, app, 0, 1, () => 'explode')
    await expect(first.closed).rejects.toMatchObject({
      code: 'THREAD',
      message: expect.stringMatching(/died of an error that nothing caught: nobody caught me/),
      cause: expect.objectContaining({ message: 'nobody caught me' }),
    })
    await log.topics.delete([`${app}-words`])
    await expect.poll(() => log.topics.list()).not.toContain(`${app}-words`)
    await log.topics.create([{ name: `${app}-words`, partitions: 4 }])
    const second = await start(app)
    expect(second.status.tasks).toHaveLength(8)
  })

  it('stop together when one calls process.exit()', async () => {
    const app = await fresh()
    const first = await start(app)
    await write(log, app, 0, 1, () => 'exit')
    const message = expect.stringMatching(/ended by itself, with exit code 3/)
    await expect(first.closed).rejects.toMatchObject({ code: 'THREAD', message })
  })

  it('close while they are starting', async () => {
    const app = await fresh()
    const stop = new AbortController()
    const starting = start(app, { signal: stop.signal })
    stop.abort()
    await expect(starting).rejects.toMatchObject({ code: 'NOT_RUNNING' })
  })

  it('refuse a module that does not give the pipeline that was started', async () => {
    const app = await fresh()
    const { brokers } = kafka
    const starting = (file: string): Promise<Running> =>
      counting(app, new URL(`./fixtures/${file}`, import.meta.url).href).start({
        log: kafkaLog({ brokers }),
        stateDir: join(dir, file),
        threads: 2,
      })
    await Promise.all([
      expect(starting('nothing.ts')).rejects.toThrow(/BAD_TOPOLOGY.*nothing\.ts has no pipeline[^]*export default/),
      expect(starting('another.ts')).rejects.toThrow(/BAD_TOPOLOGY.*another\.ts is not the pipeline/),
      expect(starting('starts-itself.ts')).rejects.toThrow(/BAD_TOPOLOGY.*started by the module[^]*isMainThread/),
      expect(starting('missing.ts')).rejects.toThrow(/BAD_TOPOLOGY.*missing\.ts cannot be imported/),
    ])
  })
})
