import { recordWriter, type Log } from '../../dsl/index.js'
import type { Producer } from '../../src/log/log.js'
import type { RecordWriter } from '../../src/log/record-writer.js'
import { partitionId } from '../../src/record.js'
import { generator } from '../../examples/shared/random.js'
import { inputs, left, prices, right } from './pipeline.js'

export const partitions = 2
/** Stream time goes on by a millisecond a record. */
const begin = 1_700_000_000_000

export interface InputOptions {
  readonly seed: number
  readonly keys: number
  readonly keep: number
  /** The topics that the pipeline reads. */
  readonly reads: readonly string[]
}

/** Writes records of many keys, out of order by up to a twentieth of `keep`, some later than that. */
export class Input {
  /** Records of the left stream. */
  lefts = 0
  readonly #log: Log
  readonly #producer: Producer
  readonly #writer: RecordWriter
  readonly #random: () => number
  readonly #keys: number
  readonly #disorder: number
  readonly #topics: readonly (typeof left)[]
  #written = 0

  static async open(log: Log, options: InputOptions): Promise<Input> {
    await log.topics.create(inputs.map(({ name }) => ({ name, partitions, replicationFactor: 1 })))
    const producer = log.producer({ transactionalId: 'long-input' })
    await producer.init()
    const names = inputs.map(({ name }) => name)
    return new Input(log, producer, await recordWriter(log, producer, names), options)
  }

  private constructor(log: Log, producer: Producer, writer: RecordWriter, { seed, keys, keep, reads }: InputOptions) {
    this.#log = log
    this.#producer = producer
    this.#writer = writer
    this.#random = generator(seed)
    this.#keys = keys
    this.#disorder = keep / 20
    this.#topics = inputs.filter(({ name }) => reads.includes(name))
  }

  async write(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const kind = this.#random()
      const late = this.#random() < 0.01 ? 8 : 1
      const timestamp = Math.round(begin + this.#written++ - this.#random() * this.#disorder * late)
      const key = `key-${Math.floor(this.#random() * this.#keys)}`
      const value = `${Math.floor(this.#random() * 8)} of ${this.#written}`
      const chosen = kind < 0.5 ? left : kind < 0.9 ? right : prices
      const topic = this.#topics.includes(chosen) ? chosen : left
      if (topic === left) this.lefts++
      this.#writer.write(topic, { key, value, timestamp })
      if (i % 20_000 === 19_999) await this.#commit()
    }
    await this.#commit()
  }

  /** A record in every partition, so far ahead that all windows before it close and expire. */
  async close(ahead: number): Promise<void> {
    for (const topic of this.#topics) {
      for (let partition = 0; partition < partitions; partition++) {
        this.#writer.write(topic, {
          key: `end-${partition}`,
          value: '0',
          timestamp: begin + this.#written + ahead,
          partition,
        })
      }
    }
    this.lefts += partitions
    await this.#commit()
  }

  /** What the group has read goes. */
  async forget(group: string): Promise<void> {
    const all = this.#topics.flatMap(({ name }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
    )
    const read = await this.#log.committed(group, all)
    const before = all.flatMap(at => {
      const position = read.get(partitionId(at.topic, at.partition))
      return position === undefined ? [] : [{ ...at, offset: position.offset }]
    })
    await this.#log.topics.deleteRecords(before)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#producer.close()
  }

  async #commit(): Promise<void> {
    this.#writer.handOver()
    await this.#producer.commit({ group: 'long-input', positions: [] })
  }
}
