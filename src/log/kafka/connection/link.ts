import type { Request } from '../wire/request.js'
import { BrokerConnection, NotConnected } from './broker-connection.js'

/** Opens a connection to a broker by its node id; the signal gives it up. */
export type Connect = (node: number, signal: AbortSignal) => Promise<BrokerConnection>

interface Entry {
  /** Rejects with ConnectionLost, whoever waits for it. */
  readonly connection: Promise<BrokerConnection>
  readonly stop: AbortController
}

/**
 * The connections of one user: one per broker, opened when needed, again when lost. A broker answers the requests of a
 * connection one after the other, so whoever may wait long (a fetch, a join) has a link of its own.
 */
export class Link {
  readonly #connect: Connect
  readonly #connections = new Map<number, Entry>()
  #closed = false

  constructor(connect: Connect) {
    this.#connect = connect
  }

  /** @throws ConnectionLost: where it is not NotConnected, the request may have been carried out */
  async send<T>(node: number, request: Request<T>, requestTimeout?: number): Promise<T> {
    const connection = await this.#connection(node)
    return connection.send(request, requestTimeout ?? null)
  }

  /** Ends the connection to a broker, also one that is being opened, so that nothing in flight on it can arrive later. */
  reset(node: number): void {
    const entry = this.#connections.get(node)
    this.#connections.delete(node)
    entry?.stop.abort()
    void entry?.connection.then(
      open => open.destroy(),
      () => {},
    )
  }

  close(): void {
    this.#closed = true
    for (const node of Array.from(this.#connections.keys())) this.reset(node)
  }

  async #connection(node: number): Promise<BrokerConnection> {
    if (this.#closed) throw new NotConnected('closed')
    const known = this.#connections.get(node)
    if (known === undefined) return this.#begin(node)
    const connection = await known.connection
    if (connection.open) return connection
    if (this.#connections.get(node) === known) this.#connections.delete(node)
    return this.#connection(node)
  }

  #begin(node: number): Promise<BrokerConnection> {
    const stop = new AbortController()
    const connection = this.#connect(node, stop.signal).catch((cause: unknown) => {
      if (this.#connections.get(node) === entry) this.#connections.delete(node)
      throw new NotConnected(cause)
    })
    const entry: Entry = { connection, stop }
    this.#connections.set(node, entry)
    return connection
  }
}
