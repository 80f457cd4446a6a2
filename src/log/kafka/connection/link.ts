import type { Request } from '../wire/request.js'
import { BrokerConnection, ConnectionLost } from './broker-connection.js'

/** Opens a connection to a broker by its node id. */
export type Connect = (node: number) => Promise<BrokerConnection>

/**
 * The connections of one user: one per broker, opened when needed, again when lost. A broker answers the requests of a
 * connection one after the other, so whoever may wait long (a fetch, a join) has a link of its own.
 */
export class Link {
  readonly #connect: Connect
  readonly #connections = new Map<number, Promise<BrokerConnection>>()
  #closed = false

  constructor(connect: Connect) {
    this.#connect = connect
  }

  /** @throws ConnectionLost */
  async send<T>(node: number, request: Request<T>, requestTimeout?: number): Promise<T> {
    const connection = await this.#connection(node)
    return connection.send(request, requestTimeout ?? null)
  }

  /** Ends the connection to a broker, so that nothing in flight on it can arrive later. */
  reset(node: number): void {
    const connection = this.#connections.get(node)
    this.#connections.delete(node)
    void connection?.then(
      open => open.destroy(),
      () => {},
    )
  }

  close(): void {
    this.#closed = true
    for (const node of Array.from(this.#connections.keys())) this.reset(node)
  }

  async #connection(node: number): Promise<BrokerConnection> {
    if (this.#closed) throw new ConnectionLost('closed')
    const known = this.#connections.get(node)
    if (known !== undefined) {
      const connection = await known
      if (connection.open) return connection
      if (this.#connections.get(node) === known) this.#connections.delete(node)
      return this.#connection(node)
    }
    const opening = this.#connect(node)
    this.#connections.set(node, opening)
    try {
      const connection = await opening
      if (this.#closed) connection.destroy()
      return connection
    } catch (cause) {
      if (this.#connections.get(node) === opening) this.#connections.delete(node)
      throw cause instanceof ConnectionLost ? cause : new ConnectionLost(cause)
    }
  }
}
