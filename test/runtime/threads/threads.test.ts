import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { kafka as kafkaLog } from '../../../src/log/kafka/kafka.js'
import type { Log } from '../../../src/log/log.js'
import type { Running, StartOptions } from '../../../src/runtime/options.js'
import { describeKafka } from '../../kafka/shared.js'
import { counting, counts } from './fixtures/counting.js'
import { expected, lastTotals, makeTopics, write } from './words.js'

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

  async function fresh(): Promise<string> {
    const app = kafka.name('threads')
    await makeTopics(log, app)
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
})
