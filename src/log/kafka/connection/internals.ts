import { Kafka, type KafkaConfig } from 'kafkajs'

/**
 * All that is used of kafkajs below its public surface: it opens a connection, with TLS, SASL and the exchange of versions,
 * and matches answers to requests. kafkajs is pinned to an exact version; a test checks what is declared here.
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

interface Cluster {
  readonly rootLogger: unknown
  readonly connectionPoolBuilder: { build(at: { host: string; port: number }): Promise<ConnectionPool> }
  readonly brokerPool: { createBroker(options: { connectionPool: ConnectionPool; logger: unknown }): Broker }
}

export interface OpenedConnection {
  readonly connection: Connection
  readonly broker: Broker
}

/** A function that opens connections of their own with these options. */
export function connector(config: KafkaConfig): (at: { host: string; port: number }) => Promise<OpenedConnection> {
  const kafka = new Kafka(config) as unknown as Record<symbol, (options: object) => Cluster>
  const symbol = Object.getOwnPropertySymbols(kafka).find(one => one.description === 'private:Kafka:createCluster')!
  const cluster = kafka[symbol]!({})
  return async at => {
    const connectionPool = await cluster.connectionPoolBuilder.build(at)
    const broker = cluster.brokerPool.createBroker({ connectionPool, logger: cluster.rootLogger })
    await broker.connect()
    // The second connection of a pool is for kafkajs's own fetches; it is never opened here.
    return { connection: connectionPool.pool[0]!, broker }
  }
}
