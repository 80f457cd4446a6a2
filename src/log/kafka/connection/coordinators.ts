import { code, codeName, isCoordinatorGone } from '../codes.js'
import { refusal } from '../refusal.js'
import { findCoordinatorRequest, type CoordinatorKind } from '../requests/find-coordinator.js'
import type { Request } from '../wire/request.js'
import { ConnectionLost } from './broker-connection.js'
import type { Cluster } from './cluster.js'
import type { Link } from './link.js'
import { TryAgain } from './retry.js'

/** Where a group or a transactional id is coordinated. Looked up when first needed, and again after it has moved. */
export class CoordinatorLink {
  readonly kind: CoordinatorKind
  readonly name: string
  readonly #cluster: Cluster
  readonly #link: Link
  #node: number | undefined

  constructor(cluster: Cluster, link: Link, kind: CoordinatorKind, name: string) {
    this.#cluster = cluster
    this.#link = link
    this.kind = kind
    this.name = name
  }

  /**
   * One attempt. Answers of a coordinator that has moved, or is not ready, become TryAgain; `errorOf` tells the error code.
   *
   * @throws TryAgain, ConnectionLost: the request may have been carried out
   */
  async send<T>(request: Request<T>, errorOf: (answer: T) => number, requestTimeout?: number): Promise<T> {
    const node = this.#node ?? (await this.#find())
    let answer: T
    try {
      answer = await this.#link.send(node, request, requestTimeout)
    } catch (error) {
      if (error instanceof ConnectionLost) this.forget()
      throw error
    }
    const error = errorOf(answer)
    if (isCoordinatorGone(error)) {
      this.forget()
      throw new TryAgain(`${codeName(error)} for ${this.kind} ${this.name}`)
    }
    if (error === code.coordinatorLoadInProgress) throw new TryAgain(codeName(error))
    return answer
  }

  /** Looks it up again at the next request. */
  forget(): void {
    this.#node = undefined
  }

  async #find(): Promise<number> {
    const found = await this.#cluster.send(undefined, findCoordinatorRequest(this.kind, this.name))
    if (
      isCoordinatorGone(found.error) ||
      found.error === code.coordinatorLoadInProgress ||
      found.error === code.unknownServerError
    ) {
      // The first use of a cluster makes the topic that coordinators keep their state in.
      throw new TryAgain(`${codeName(found.error)}: ${this.kind} ${this.name} has no coordinator`)
    }
    if (found.error !== code.none)
      throw refusal(found.error, `finding the coordinator of ${this.kind} ${this.name}`, {})
    this.#cluster.know(found.node, found)
    return (this.#node = found.node)
  }
}
