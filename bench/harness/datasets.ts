import { produceWithJava } from './input.js'
import type { Cluster } from './cluster.js'
import type { Digest } from './digest.js'
import { digest } from './digest.js'
import type { Dataset, Workload } from './workload.js'

/** The input topics of a run, each written once, and the outputs that are expected. */
export class Datasets {
  readonly #cluster: Cluster
  readonly #say: (line: string) => void
  readonly #topics = new Map<string, string>()
  readonly #expected = new Map<string, Digest>()

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

  /** The digest of what a plain loop gives. */
  expected(workload: Workload, records: number): Digest {
    const id = `${workload.name} ${records}`
    let expected = this.#expected.get(id)
    if (expected === undefined) this.#expected.set(id, (expected = digest(workload.expected(records))))
    return expected
  }
}

/** How many records all inputs of a workload have together. */
export function allRecords({ inputs }: Workload, records: number): number {
  return inputs.reduce((sum, dataset) => sum + dataset.count(records), 0)
}
