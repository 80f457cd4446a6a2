import { SluiceError } from '../../errors.js'
import type { Cluster } from './connection/cluster.js'
import { CoordinatorLink } from './connection/coordinators.js'
import type { Link } from './connection/link.js'
import { TryAgain } from './connection/retry.js'
import { describeTransactionsRequest } from './requests/describe-transactions.js'

/** Milliseconds between two looks. */
const poll = 2

/**
 * The transactions of this log that are committed but perhaps not visible yet: the coordinator answers when the decision is
 * written, and the markers that make the records readable reach their partitions milliseconds later. Whoever asks for
 * read_committed ends after a commit waits for them, so that it sees what was committed.
 */
export class Settling {
  readonly #cluster: Cluster
  readonly #link: Link
  /** By their ids, each with the number of its commit: a later one of the same id is not visible because this one is. */
  readonly #commits = new Map<string, number>()
  #count = 0

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    this.#link = cluster.link()
  }

  add(transactionalId: string): void {
    this.#commits.set(transactionalId, ++this.#count)
  }

  /** Its next transaction could begin, so the last one is visible. */
  delete(transactionalId: string): void {
    this.#commits.delete(transactionalId)
  }

  async done(): Promise<void> {
    await Promise.all(Array.from(this.#commits, ([id, commit]) => this.#visible(id, commit)))
  }

  async #visible(id: string, commit: number): Promise<void> {
    const coordinator = new CoordinatorLink(this.#cluster, this.#link, 'transaction', id)
    const request = describeTransactionsRequest([id])
    try {
      await this.#cluster.retry('waiting for the markers of a transaction', async () => {
        const [answer] = await coordinator.send(request, list => list[0]?.error ?? 0)
        if (answer?.state === 'PrepareCommit') throw new TryAgain(answer.state, poll)
      })
    } catch (error) {
      // Brokers before Kafka 3.0 cannot be asked.
      if (!(error instanceof SluiceError && error.code === 'UNSUPPORTED')) throw error
    }
    if (this.#commits.get(id) === commit) this.#commits.delete(id)
  }
}
