import { Backoff, type BackoffOptions } from '../connection/backoff.js'
import type { Cluster } from '../connection/cluster.js'
import { TryAgain } from '../connection/retry.js'

/**
 * While the coordinator writes the markers of the last transaction, or another partition into this one, it refuses; that
 * takes milliseconds. A leader that asks it meanwhile whether a partition is part of the transaction refuses too: to these
 * versions of the requests as NOT_ENOUGH_REPLICAS (Produce) and COORDINATOR_LOAD_IN_PROGRESS (TxnOffsetCommit). Waits that
 * doubled would come to as much again as the markers take; these come to a quarter of it.
 */
export const concurrent: BackoffOptions = { initialRetryTime: 1, maxRetryTime: 8, growth: 1.25 }

/** So long, in milliseconds, a refusal may be of those that take milliseconds; whatever lasts is waited for as usual. */
export const quickFor = 500

/** The waits of one request that is refused: quick ones at first, then the usual ones, which the owner is told of once. */
export class Quick {
  readonly #cluster: Cluster
  readonly #what: string
  readonly #backoff = new Backoff(concurrent)
  readonly #until = performance.now() + quickFor
  #told = false

  constructor(cluster: Cluster, what: string) {
    this.#cluster = cluster
    this.#what = what
  }

  tryAgain(why: string): TryAgain {
    if (performance.now() < this.#until) return new TryAgain(why, this.#backoff.delay())
    const again = new TryAgain(why)
    if (!this.#told) this.#cluster.report(this.#what, again)
    this.#told = true
    return again
  }
}
