import { createRequire } from 'node:module'
import type { KafkaConfig } from 'kafkajs'

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
  readonly socket: { write(bytes: Buffer): boolean; cork(): void; uncork(): void; destroy(): void }
  readonly requestQueue: RequestQueue
  isConnected(): boolean
  /** False once the session that the broker granted is about to end (KIP-368). */
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
  readonly socketFactory: () => unknown
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

export interface OpenedConnection {
  readonly connection: Connection
  readonly broker: Broker
}

/** A function that opens connections of their own with these options. */
export function connector(config: KafkaConfig): (at: { host: string; port: number }) => Promise<OpenedConnection> {
  const { Pool, Broker, createLogger, consoleLogger, socketFactory } = parts()
  const { brokers: _, logLevel: level, logCreator = consoleLogger, authenticationTimeout, ...options } = config
  const logger = createLogger({ level, logCreator })
  const shared = { socketFactory: socketFactory(), enforceRequestTimeout: true, ...options, logger }
  return async at => {
    // kafkajs writes into it, and what it writes can be sent to no thread.
    const sasl = shared.sasl && { sasl: { ...shared.sasl } }
    const connectionPool = new Pool({ ...shared, ...sasl, ...at })
    const broker = new Broker({ connectionPool, logger, authenticationTimeout })
    await broker.connect()
    // The second connection of a pool is for kafkajs's own fetches; it is never opened here.
    return { connection: connectionPool.pool[0]!, broker }
  }
}
