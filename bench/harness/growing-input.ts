import { compare, outputOnKafka } from './check.js'
import { digest } from './digest.js'
import { produceWithJava } from './input.js'
import type { Cluster } from './cluster.js'
import type { InputRecord } from './workload.js'

const keyOf = (key: number): string => `import-${String(key).padStart(8, '0')}`
const job = JSON.stringify({ status: 'completed', origin: 'ATL', destination: 'BOS', delay: 3, distance: 946 })

/** A topic for the count of completed jobs: each of its keys once, and a few of them again whenever it is asked to grow. */
export class GrowingInput {
  readonly topic: string
  readonly #cluster: Cluster
  readonly #keys: number
  readonly #again: number
  #batches = 0

  private constructor(cluster: Cluster, topic: string, keys: number) {
    this.#cluster = cluster
    this.topic = topic
    this.#keys = keys
    this.#again = Math.min(1000, keys)
  }

  static async create(cluster: Cluster, name: string, keys: number): Promise<GrowingInput> {
    const input = new GrowingInput(cluster, `${cluster.prefix}-${name}`, keys)
    await cluster.createTopic(input.topic, 4)
    await produceWithJava(cluster.brokers, input.topic, records(keys))
    return input
  }

  get records(): number {
    return this.#keys + this.#batches * this.#again
  }

  async grow(): Promise<void> {
    this.#batches++
    await produceWithJava(this.#cluster.brokers, this.topic, records(this.#again))
  }

  /** Throws unless the counts of all that is in the topic now were written. */
  async check(engine: string, output: string): Promise<void> {
    const kind = { output: 'int64', fold: 'last' } as const
    const [keys, again, batches] = [this.#keys, this.#again, this.#batches]
    const expected = function* () {
      for (let key = 0; key < keys; key++) yield [keyOf(key), String(key < again ? 1 + batches : 1)] as const
    }
    await compare(engine, await outputOnKafka(this.#cluster.brokers, output, kind), digest(expected()), expected)
  }
}

function* records(keys: number): Generator<InputRecord> {
  for (let key = 0; key < keys; key++) yield { key: keyOf(key), value: job, timestamp: 1_000_000_000_000 + key }
}
