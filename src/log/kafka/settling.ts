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
  readonly #ids = new Set<string>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    this.#link = cluster.link()
  }

  add(transactionalId: string): void {
    this.#ids.add(transactionalId)
  }

  /** Its next transaction could begin, so the last one is visible. */
  delete(transactionalId: string): void {
    this.#ids.delete(transactionalId)
  }

  async done(): Promise<void> {
    await Promise.all(Array.from(this.#ids, id => this.#visible(id)))
  }

  async #visible(id: string): Promise<void> {
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
    this.#ids.delete(id)
  }
}
