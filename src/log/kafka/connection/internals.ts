import { createRequire } from 'node:module'
import type { AuthenticationProviderArgs, ISocketFactory, KafkaConfig, Mechanism } from 'kafkajs'

/**
 * All that is used of kafkajs below its public surface: it opens a connection, with TLS, SASL and the exchange of versions,
 * and matches answers to requests. kafkajs is pinned to an exact version; a test checks what is declared here. Its main
 * module would load its producer, consumer and admin client too, which takes each process longer than these parts.
 */
export interface Connection {
  readonly host: string
  readonly port: number
  readonly sasl: unknown
  readonly clientId: string
  readonly socket: { write(bytes: Buffer): boolean; cork(): void; uncork(): void; destroy(error?: Error): void }
  readonly requestQueue: RequestQueue
  isConnected(): boolean
  /** What the broker granted, a Long of milliseconds; 0 has no end. */
  readonly sessionLifetime: { toString(): string }
  /** Milliseconds. */
  reauthenticationThreshold: number
  /** False once the session that the broker granted is about to end (KIP-368): by the threshold, or less. */
  isAuthenticated(): boolean
  authenticate(): Promise<void>
  disconnect(): Promise<unknown>
  nextCorrelationId(): number
  rejectRequests(error: Error): void
}

export interface RequestQueue {
  push(request: {
    entry: {
      apiKey: number
      apiVersion: number
      apiName: string
      correlationId: number
      resolve: (answer: { payload: Buffer }) => void
      reject: (error: Error) => void
    }
    expectResponse: boolean
    /** Milliseconds; the larger of this and the connection's default counts. */
    requestTimeout: number | null
    sendRequest: () => void
  }): void
  maybeThrottle(milliseconds: number): void
  readonly pending: readonly unknown[]
  /** Looks at the queue again when the broker's throttle is over, or after 10 ms. */
  scheduleCheckPendingRequests(): void
  /** Of that look. */
  readonly throttleCheckTimeoutId: NodeJS.Timeout | null
}

interface ConnectionPool {
  readonly pool: readonly Connection[]
}

/** kafkajs's `Broker`: a connection pool that has exchanged versions and is signed in. */
export interface Broker {
  readonly versions: Readonly<Record<number, { minVersion: number; maxVersion: number }>>
  connect(): Promise<void>
  disconnect(): Promise<void>
}

interface Parts {
  readonly Pool: new (options: object) => ConnectionPool
  readonly Broker: new (options: object) => Broker
  readonly createLogger: (options: { level: unknown; logCreator: unknown }) => unknown
  readonly consoleLogger: unknown
  readonly socketFactory: () => ISocketFactory
}

function parts(): Parts {
  const require = createRequire(import.meta.url)
  return {
    Pool: require('kafkajs/src/network/connectionPool') as Parts['Pool'],
    Broker: require('kafkajs/src/broker') as Parts['Broker'],
    createLogger: (require('kafkajs/src/loggers') as Pick<Parts, 'createLogger'>).createLogger,
    consoleLogger: require('kafkajs/src/loggers/console'),
    socketFactory: require('kafkajs/src/network/socketFactory') as Parts['socketFactory'],
  }
}

type Sasl = NonNullable<KafkaConfig['sasl']>

/** Its own way to sign in with a token. */
function bearerTokens(): (sasl: Sasl) => Mechanism['authenticationProvider'] {
  const require = createRequire(import.meta.url)
  return require('kafkajs/src/broker/saslAuthenticator/oauthBearer') as ReturnType<typeof bearerTokens>
}

export interface OpenedConnection {
  readonly connection: Connection
  readonly broker: Broker
}

/** A function that opens connections of their own with these options; the signal gives up one that is still opening. */
export function connector(
  config: KafkaConfig,
): (at: { host: string; port: number }, signal: AbortSignal) => Promise<OpenedConnection> {
  const { Pool, Broker, createLogger, consoleLogger, socketFactory } = parts()
  const { brokers: _, logLevel: level, logCreator = consoleLogger, authenticationTimeout, ...options } = config
  const logger = createLogger({ level, logCreator })
  const makeSocket = options.socketFactory ?? socketFactory()
  return async (at, signal) => {
    const guarded: ISocketFactory = given => {
      signal.throwIfAborted()
      return makeSocket(given)
    }
    // kafkajs writes into it, and what it writes can be sent to no thread; what it reads is the user's, at each look.
    const sasl = options.sasl && { sasl: refusingTokens(Object.create(options.sasl) as Sasl) }
    const shared = { enforceRequestTimeout: true, ...options, ...sasl, socketFactory: guarded, logger }
    const connectionPool = new Pool({ ...shared, ...at })
    const broker = new Broker({ connectionPool, logger, authenticationTimeout })
    // The second connection of a pool is for kafkajs's own fetches; it is never opened here.
    const connection = connectionPool.pool[0]!
    looksOnlyForWhatWaits(connection.requestQueue)
    let abort = (): void => {}
    const aborted = new Promise<never>((_resolve, reject) => {
      abort = () => {
        const closed = new Error('the connection was closed')
        // Until it is connected, only an error of the socket ends kafkajs's own wait and its timer.
        socketOf(connection)?.destroy(closed)
        reject(closed)
      }
    })
    signal.addEventListener('abort', abort)
    try {
      // kafkajs waits without end for an OAuth provider that does not answer: no longer than the signal.
      await Promise.race([broker.connect(), aborted])
      return { connection, broker }
    } catch (cause) {
      // kafkajs keeps a socket whose first requests failed, and its timer.
      endAtOnce(connection, cause as Error)
      throw cause
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }
}

/**
 * A broker refuses a token without an error code, by an answer that is not empty (KIP-255, RFC 7628, section 3.2.2), which
 * kafkajs takes for a welcome: the broker then refuses whatever comes next.
 */
function refusingTokens(sasl: Sasl): Sasl {
  if (sasl.mechanism.toUpperCase() !== 'OAUTHBEARER' || 'authenticationProvider' in sasl) return sasl
  const signIn = bearerTokens()(sasl)
  // Its size comes first.
  const response = { decode: (sized: Buffer) => sized, parse: (sized: Buffer) => sized.toString('utf8', 4) }
  return Object.assign(sasl, {
    authenticationProvider: (at: AuthenticationProviderArgs) =>
      signIn({
        ...at,
        saslAuthenticate: async ({ request }) => {
          const refusal = await at.saslAuthenticate({ request, response })
          if (refusal !== undefined && refusal !== '') throw new Error(refusal)
        },
      }),
  })
}

/**
 * kafkajs looks at the queue again a millisecond after each answer and after each such look, for ever, though nothing waits
 * there: a thousand timers a second for each connection, of which Node 24 and later warn, as their time is negative.
 */
function looksOnlyForWhatWaits(queue: RequestQueue): void {
  const schedule = queue.scheduleCheckPendingRequests.bind(queue)
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule()
  }
}

/** What is in flight fails, and its buffers are no longer read. */
export function endAtOnce(connection: Connection, cause: Error): void {
  connection.rejectRequests(cause)
  socketOf(connection)?.destroy()
  void connection.disconnect().catch(() => {})
}

/** There is none before the connection is begun, and where it could not be made. */
function socketOf(connection: Connection): Connection['socket'] | undefined {
  return connection.socket
}
