import { batchLimits } from '../log/batch-limits.js'
import type { Log } from '../log/log.js'
import type { Plan } from './plan.js'

/** How many partitions topics have, and how large a batch they take, asked once per topic. */
export class TopicSizes {
  readonly #log: Log
  readonly #sizes: Map<string, number>
  readonly #limits: Map<string, number>
  /** Of topics that no plan names: sinks that choose by the record. */
  readonly #found = new Set<string>()

  constructor(log: Log, { sizes, limits }: Pick<Plan, 'sizes' | 'limits'>) {
    this.#log = log
    this.#sizes = new Map(sizes)
    this.#limits = new Map(limits)
  }

  /** Takes over a look at the topics. Those that no plan names are asked for again. */
  renew(plan: Pick<Plan, 'sizes' | 'limits'>): void {
    this.#found.clear()
    this.#learn(plan)
  }

  known(topic: string): number | undefined {
    return this.#sizes.get(topic)
  }

  /** As `known`, of what `find` has found. */
  found(topic: string): number | undefined {
    return this.#found.has(topic) ? this.#sizes.get(topic) : undefined
  }

  /** The topic is asked for again. Answers whether `find` had found it. */
  forget(topic: string): boolean {
    return this.#found.delete(topic)
  }

  /** Bytes. */
  largestBatch(topic: string): number {
    return this.#limits.get(topic) ?? this.#log.maxBatchBytes
  }

  /** Asks the log again: whether the topic has come to take smaller batches. */
  async lowered(topic: string): Promise<boolean> {
    const before = this.largestBatch(topic)
    this.#learn({ sizes: new Map(), limits: await batchLimits(this.#log, [topic]) })
    return this.largestBatch(topic) < before
  }

  /** Asks the log about a topic that is to be written to; `undefined` where there is none. */
  async find(topic: string): Promise<number | undefined> {
    const [info] = await this.#log.topics.describe([topic])
    if (info === undefined) return undefined
    this.#learn({ sizes: new Map([[topic, info.partitions]]), limits: await batchLimits(this.#log, [topic]) })
    this.#found.add(topic)
    return info.partitions
  }

  #learn({ sizes, limits }: Pick<Plan, 'sizes' | 'limits'>): void {
    for (const [topic, partitions] of sizes) this.#sizes.set(topic, partitions)
    for (const [topic, limit] of limits) this.#limits.set(topic, limit)
  }
}
