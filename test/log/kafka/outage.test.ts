import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { SluiceError } from '../../../src/errors.js'
import { kafka } from '../../../src/log/kafka/kafka.js'
import type { Log } from '../../../src/log/log.js'
import { partitionId } from '../../../src/record.js'
import { startBroker, type Broker } from '../../kafka/broker.js'
import { describeOwnKafka, uniqueName } from '../../kafka/shared.js'
import { Listener, batch, commit, recordsOf, transactional } from '../helpers.js'

const partitions = [0, 1, 2]

/** Counts up in transactions, one record to each partition, and goes on from the committed position after a failure. */
class Counter {
  committed = 0
  #stop = false
  readonly running: Promise<void>

  constructor(log: Log, topic: string) {
    this.running = this.#run(log, topic)
  }

  /** Waits for some more transactions. */
  async more(count: number): Promise<void> {
    const target = this.committed + count
    await vi.waitUntil(() => this.committed >= target, { timeout: 60_000, interval: 20 })
  }

  async end(): Promise<number> {
    this.#stop = true
    await this.running
    return this.committed
  }

  async #run(log: Log, topic: string): Promise<void> {
    const group = `${topic}-counter`
    const producer = await transactional(log, group)
    const at = { topic, partition: 0 }
    while (!this.#stop) {
      const value = String(this.committed)
      for (const partition of partitions) producer.append(topic, partition, batch(value))
      try {
        await producer.commit(commit(group, { positions: [{ ...at, offset: this.committed + 1, metadata: '' }] }))
        this.committed++
      } catch (error) {
        // What a worker does: take the id again, and believe the positions only.
        if (!(error instanceof SluiceError)) throw error
        await producer.init()
        this.committed = (await log.committed(group, [at])).get(partitionId(topic, 0))?.offset ?? 0
      }
    }
    await producer.close()
  }
}

/** Reads along; `values` are those of each partition. */
function follow(log: Log, topic: string): { values: (string | null)[][]; until(count: number): Promise<void> } {
  const listener = new Listener(log)
  const values: (string | null)[][] = partitions.map(() => [])
  for (const partition of partitions) listener.reader.seek(topic, partition, 0)
  onTestFinished(() => listener.reader.close())
  return {
    values,
    async until(count) {
      while (values.some(list => list.length < count)) {
        for (const record of recordsOf(await listener.poll())) values[record.partition]!.push(record.value)
      }
    },
  }
}

describeOwnKafka('a broker that goes down', () => {
  async function setUp(broker: Broker, copies: number): Promise<{ log: Log; topic: string; errors: SluiceError[] }> {
    const errors: SluiceError[] = []
    const options = { brokers: broker.brokers, requestTimeout: '1s', connectionTimeout: '1s' } as const
    const log = await kafka({ ...options, onError: error => errors.push(error) }).open()
    onTestFinished(() => log.close())
    const topic = uniqueName('jobs')
    const config = { 'min.insync.replicas': String(Math.min(copies, 2)) }
    await log.topics.create([{ name: topic, partitions: partitions.length, replicationFactor: copies, config }])
    return { log, topic, errors }
  }

  describe('alone', () => {
    test('is waited for; nothing is lost or twice when it is killed or hangs', async () => {
      await using broker = await startBroker()
      const { log, topic, errors } = await setUp(broker, 1)
      const reader = follow(log, topic)
      const counter = new Counter(log, topic)
      await counter.more(20)
      await broker.kill()
      await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0))
      expect(errors[0]!.message).toMatch(/BROKER: .*trying again/)
      await broker.restart()
      await counter.more(20)
      broker.freeze(1, true)
      // Longer than the request timeout, so that what is in flight is given up and sent again.
      const before = errors.length
      await vi.waitFor(() => expect(errors.length).toBeGreaterThan(before), { timeout: 10_000 })
      broker.freeze(1, false)
      await counter.more(20)
      const count = await counter.end()
      await reader.until(count)
      const expected = Array.from({ length: count }, (_, i) => String(i))
      expect(reader.values).toEqual(partitions.map(() => expected))
    }, 120_000)
  })

  describe('one of three', () => {
    test('is replaced by the others, leaders and coordinators alike', async () => {
      await using broker = await startBroker({ nodes: 3 })
      const { log, topic } = await setUp(broker, 3)
      const reader = follow(log, topic)
      const counter = new Counter(log, topic)
      await counter.more(10)
      for (const node of [1, 2]) {
        await broker.kill(node)
        await counter.more(10)
        await broker.restart(node)
        // The two that are left must be in sync before one of them goes.
        await counter.more(10)
      }
      const count = await counter.end()
      await reader.until(count)
      const expected = Array.from({ length: count }, (_, i) => String(i))
      expect(reader.values).toEqual(partitions.map(() => expected))
    }, 180_000)
  })
})
