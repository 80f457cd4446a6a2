import type { Topics } from '../log/log.js'

/** How many partitions topics have, asked once per topic. */
export class TopicSizes {
  readonly #topics: Topics
  readonly #sizes: Map<string, number>

  constructor(topics: Topics, sizes: ReadonlyMap<string, number>) {
    this.#topics = topics
    this.#sizes = new Map(sizes)
  }

  learn(sizes: ReadonlyMap<string, number>): void {
    for (const [topic, partitions] of sizes) this.#sizes.set(topic, partitions)
  }

  known(topic: string): number | undefined {
    return this.#sizes.get(topic)
  }

  /** Asks the log; `undefined` where there is no such topic. */
  async find(topic: string): Promise<number | undefined> {
    const [info] = await this.#topics.describe([topic])
    if (info !== undefined) this.#sizes.set(topic, info.partitions)
    return info?.partitions
  }
}
