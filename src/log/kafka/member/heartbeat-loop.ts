import type { GroupClaim } from '../../log.js'
import { code } from '../codes.js'
import { Backoff } from '../connection/backoff.js'
import { ConnectionLost } from '../connection/broker-connection.js'
import type { Cluster } from '../connection/cluster.js'
import { CoordinatorLink } from '../connection/coordinators.js'
import { pause } from '../connection/pause.js'
import { TryAgain } from '../connection/retry.js'
import { heartbeatRequest } from '../requests/heartbeat.js'

/** Keeps a member of a group alive. */
export interface Heartbeats {
  /** Beats for this claim from now on, in place of the former. */
  start(claim: GroupClaim): void
  stop(): void
  close(): void
}

/** An answer other than NONE: the group rebalances, or the claim is over. */
export type OnHeartbeatCode = (claim: GroupClaim, error: number) => void

/** Heartbeats on the event loop of this thread. */
export class HeartbeatLoop implements Heartbeats {
  readonly #cluster: Cluster
  readonly #coordinator: CoordinatorLink
  readonly #onCode: OnHeartbeatCode
  readonly #beforeBeat: (claim: GroupClaim) => Promise<boolean>
  readonly #unlink: () => void
  #stop = new AbortController()

  /** @param beforeBeat whether to go on; asked before each beat */
  constructor(
    cluster: Cluster,
    group: string,
    onCode: OnHeartbeatCode,
    beforeBeat: (claim: GroupClaim) => Promise<boolean> = async () => true,
  ) {
    this.#cluster = cluster
    const link = cluster.link()
    this.#unlink = () => cluster.unlink(link)
    this.#coordinator = new CoordinatorLink(cluster, link, 'group', group)
    this.#onCode = onCode
    this.#beforeBeat = beforeBeat
  }

  start(claim: GroupClaim): void {
    this.stop()
    this.#stop = new AbortController()
    void this.#run(claim, this.#stop.signal)
  }

  stop(): void {
    this.#stop.abort()
  }

  close(): void {
    this.stop()
    this.#unlink()
  }

  async #run(claim: GroupClaim, stop: AbortSignal): Promise<void> {
    const { heartbeatInterval, backoff } = this.#cluster.settings
    const retry = new Backoff(backoff)
    let delay = heartbeatInterval
    for (;;) {
      await pause(delay, stop, this.#cluster.closing)
      if (stop.aborted || this.#cluster.closing.aborted || !(await this.#beforeBeat(claim))) return
      try {
        const error = await this.#coordinator.send(heartbeatRequest(claim), one => one)
        if (stop.aborted) return
        retry.succeeded()
        delay = heartbeatInterval
        if (error !== code.none) this.#onCode(claim, error)
        if (error !== code.none && error !== code.rebalanceInProgress) return
      } catch (cause) {
        if (stop.aborted) return
        this.#cluster.report(`the heartbeat of group ${claim.group}`, cause)
        if (!(cause instanceof TryAgain || cause instanceof ConnectionLost))
          return this.#onCode(claim, code.unknownServerError)
        delay = Math.min(retry.delay(), heartbeatInterval)
      }
    }
  }
}
