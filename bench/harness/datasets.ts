import { produceWithJava } from './input.js'
import type { Cluster } from './cluster.js'
import type { Digest } from './digest.js'
import { digest } from './digest.js'
import type { Dataset, Workload } from './workload.js'

/** The input topics of a run, each written once. */
export class Datasets {
  readonly #cluster: Cluster
  readonly #say: (line: string) => void
  readonly #topics = new Map<string, string>()

  constructor(cluster: Cluster, say: (line: string) => void) {
    this.#cluster = cluster
    this.#say = say
  }

  /** The topics of a workload's inputs. */
  async topics({ inputs }: Workload, records: number): Promise<string[]> {
    const topics: string[] = []
    for (const dataset of inputs) topics.push(await this.#topic(dataset, dataset.count(records)))
    return topics
  }

  async #topic(dataset: Dataset, count: number): Promise<string> {
    const name = `${this.#cluster.prefix}-${dataset.name}-${count}`
    const known = this.#topics.get(name)
    if (known !== undefined) return known
    this.#say(`  writing ${count.toLocaleString('en')} records to ${name}`)
    await this.#cluster.createTopic(name, dataset.partitions)
    const written = await produceWithJava(this.#cluster.brokers, name, dataset.records(count))
    if (written !== count) throw new Error(`${dataset.name} has ${written} records instead of ${count}`)
    this.#topics.set(name, name)
    return name
  }
}

const digests = new Map<string, Digest>()

/** The digest of what a plain loop gives, worked out once. */
export function digestOf(workload: Workload, records: number): Digest {
  const id = `${workload.name} ${records}`
  const found = digests.get(id) ?? digest(workload.expected(records))
  digests.set(id, found)
  return found
}

/** How many records all inputs of a workload have together. */
export function allRecords({ inputs }: Workload, records: number): number {
  return inputs.reduce((sum, dataset) => sum + dataset.count(records), 0)
}
