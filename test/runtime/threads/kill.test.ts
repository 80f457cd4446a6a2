import { join } from 'node:path'
import { kafka as kafkaLog, type Log } from 'sluice'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { describeKafka } from '../../kafka/shared.js'
import { makeDirectory, removeDirectory } from '../../log/temporary.js'
import { killJobs, startJob } from './process.js'
import { expected, lastTotals, makeTopics, write } from './words.js'

describeKafka('threads of processes that are killed', kafka => {
  let log: Log
  let dir: string

  beforeAll(async () => {
    dir = await makeDirectory()
    log = await kafkaLog({ brokers: kafka.brokers }).open()
  })
  afterEach(killJobs)
  afterAll(async () => {
    await log.close()
    await removeDirectory(dir)
  })

  async function fresh(): Promise<string> {
    const app = kafka.name('threads')
    await makeTopics(log, app)
    return app
  }

  it('leave nothing behind that fewer of them would wait for', async () => {
    const app = await fresh()
    const config = { app, brokers: kafka.brokers, stateDir: join(dir, app) }
    await write(log, app, 0, 2_000)
    const three = startJob({ ...config, threads: 3 })
    await three.saying(line => line.event === 'status' && line.commits > 3)
    await three.kill()
    const before = performance.now()
    const two = startJob({ ...config, threads: 2 })
    await two.saying(line => line.event === 'status' && line.tasks.length === 8)
    // The session of the third one would last for 45 seconds more.
    expect(performance.now() - before).toBeLessThan(40_000)
    await two.drained()
    await two.close()
    expect(await lastTotals(log, app)).toEqual(expected(2_000))
  }, 120_000)

  it('share tasks with those of another process, and survive kill -9 in the middle', async () => {
    const app = await fresh()
    const config = (n: number) => ({ app, brokers: kafka.brokers, stateDir: join(dir, `${app}-${n}`), threads: 2 })
    let first = startJob(config(1))
    await first.saying(line => line.event === 'status' && line.state === 'running' && line.tasks.length === 8)
    await write(log, app, 0, 5_000)
    const second = startJob(config(2))
    await second.saying(line => line.event === 'status' && line.state === 'running' && line.tasks.length === 4)
    await expect.poll(() => first.tasks.length).toBe(4)
    expect(new Set([...first.tasks, ...second.tasks]).size).toBe(8)
    let written = 5_000
    let ended = false
    const writing = (async () => {
      while (!ended) await write(log, app, written, (written += 500))
    })()
    for (const commits of [1, 6]) {
      await first.saying(line => line.event === 'status' && line.state === 'running' && line.commits > commits)
      await first.kill()
      first = startJob(config(1))
    }
    ended = true
    await writing
    await second.drained()
    expect(await lastTotals(log, app)).toEqual(expected(written))
    await first.drained()
    await first.close()
    await expect.poll(() => second.tasks.length, { timeout: 10_000 }).toBe(8)
    await second.close()
  }, 120_000)
})
