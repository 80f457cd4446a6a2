import { SluiceError, errorText } from '../../../errors.js'
import { WireReader } from '../wire/reader.js'
import type { Request } from '../wire/request.js'
import { Writer } from '../wire/writer.js'
import { endAtOnce, type Connection, type OpenedConnection } from './internals.js'

/** Brokers, and what lies in between, end connections that are idle; in a connection of so many milliseconds that is no news. */
const idleAfter = 10_000
/** Where it was ended before, that shows within so many milliseconds. */
const atOnce = 1_000

/** Nothing is known about what became of the request: it may have been carried out. */
export class ConnectionLost extends Error {
  /** The connection was idle before, and most likely ended by then: nobody need hear of it. */
  readonly wasIdle: boolean

  constructor(cause: unknown, wasIdle = false) {
    super(errorText(cause), { cause })
    this.name = 'ConnectionLost'
    this.wasIdle = wasIdle
  }
}

/** There was no connection: the request was not sent. */
export class NotConnected extends ConnectionLost {}

/** One connection to one broker. Requests are written in the order of the calls and answered in that order. */
export class BrokerConnection {
  readonly #opened: OpenedConnection
  readonly #reauthenticationThreshold: number
  /** When it last answered, by `performance.now()`. */
  #answered = performance.now()
  #closed = false

  constructor(opened: OpenedConnection) {
    this.#opened = opened
    this.#reauthenticationThreshold = opened.connection.reauthenticationThreshold
    this.#begins()
  }

  get open(): boolean {
    return !this.#closed && this.#opened.connection.isConnected()
  }

  /**
   * @throws ConnectionLost when the connection ends or the answer does not come in time; SluiceError UNSUPPORTED when the
   *   broker does not know this version of the request
   */
  async send<T>(request: Request<T>, requestTimeout: number | null = null): Promise<T> {
    this.#checkVersion(request)
    const { connection } = this.#opened
    const sent = performance.now()
    const isIdle = sent - this.#answered > idleAfter
    try {
      if (connection.sasl && !connection.isAuthenticated()) await this.#signIn(connection)
      const payload = await this.#exchange(request, requestTimeout)
      this.#answered = performance.now()
      const reader = new WireReader(payload)
      if (request.flexible === true) reader.tags()
      const answer = request.read(reader)
      connection.requestQueue.maybeThrottle(reader.throttleTime)
      return answer
    } catch (cause) {
      // A late answer, or one that was not understood, must not be taken for that of the next request.
      this.destroy()
      if (cause instanceof ConnectionLost) throw cause
      throw new ConnectionLost(cause, isIdle && performance.now() - sent < atOnce)
    }
  }

  /** Ends the connection at once. What was in flight fails, and its buffers are no longer read. */
  destroy(): void {
    if (this.#closed) return
    this.#closed = true
    endAtOnce(this.#opened.connection, new ConnectionLost('the connection was closed'))
  }

  async #signIn(connection: Connection): Promise<void> {
    await connection.authenticate()
    this.#begins()
  }

  /**
   * A session begins. It is renewed before it ends; not with each request where it is shorter than the threshold: brokers
   * refuse that.
   */
  #begins(): void {
    const { connection } = this.#opened
    const session = Number(connection.sessionLifetime)
    connection.reauthenticationThreshold = Math.min(this.#reauthenticationThreshold, session / 4)
  }

  #exchange(request: Request<unknown>, requestTimeout: number | null): Promise<Buffer> {
    const { connection } = this.#opened
    return new Promise((resolve, reject) => {
      if (!this.open) throw new ConnectionLost(`not connected to ${connection.host}:${connection.port}`)
      const correlationId = connection.nextCorrelationId()
      const { name, key, version } = request
      const parts = frame(request, correlationId, connection.clientId)
      connection.requestQueue.push({
        entry: {
          apiKey: key,
          apiVersion: version,
          apiName: name,
          correlationId,
          resolve: answer => resolve(answer.payload),
          reject,
        },
        expectResponse: true,
        requestTimeout,
        sendRequest: () => {
          // One system call for all parts, none of them copied.
          connection.socket.cork()
          for (const part of parts) connection.socket.write(part)
          connection.socket.uncork()
        },
      })
    })
  }

  #checkVersion({ name, key, version }: Request<unknown>): void {
    const known = this.#opened.broker.versions[key]
    if (known !== undefined && known.minVersion <= version && version <= known.maxVersion) return
    const has = known === undefined ? 'does not know it' : `has versions ${known.minVersion} to ${known.maxVersion}`
    throw new SluiceError('UNSUPPORTED', `the broker's protocol does not fit: ${name} version ${version}; it ${has}`, {
      hint: 'use a broker of Kafka 2.8 or later',
    })
  }
}

/**
 * Size: int32, then request header v1 (v2 where flexible) and the body.
 *
 *   header => api_key: int16, api_version: int16, correlation_id: int32, client_id: nullable string [tags]
 */
function frame(request: Request<unknown>, correlationId: number, clientId: string): Buffer[] {
  const body = new Writer().int16(request.key).int16(request.version).int32(correlationId).string(clientId)
  if (request.flexible === true) body.tags()
  request.write(body)
  const size = new Writer().int32(body.size)
  return [...size.parts(), ...body.parts()]
}
