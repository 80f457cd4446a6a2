import { setMaxListeners } from 'node:events'
import { SluiceError, errorText } from '../../../errors.js'
import type { KafkaSettings } from '../options.js'
import { metadataRequest, type MetadataResponse } from '../requests/metadata.js'
import type { Request } from '../wire/request.js'
import { BrokerConnection, ConnectionLost } from './broker-connection.js'
import { connector } from './internals.js'
import { Link } from './link.js'
import { pause } from './pause.js'
import { retry } from './retry.js'

interface Address {
  readonly host: string
  readonly port: number
}

/** What works with the cluster and ends with it: a reader, a producer, a member. */
export interface Client {
  close(): Promise<void>
}

/** The brokers of a cluster: their addresses, and connections to them. */
export class Cluster {
  readonly settings: KafkaSettings
  readonly #connect: ReturnType<typeof connector>
  readonly #closing = new AbortController()
  readonly #links = new Set<Link>()
  readonly #clients = new Set<Client>()
  /** By node id; the addresses of the options have negative ones. */
  readonly #addresses = new Map<number, Address>()
  readonly #control: Link
  #controller = -1
  #last: number | undefined

  constructor(settings: KafkaSettings) {
    this.settings = settings
    // Each task may wait for something of its own.
    setMaxListeners(0, this.closing)
    this.#connect = connector(settings.client)
    this.#control = this.link()
  }

  /** Comes when the cluster is closed or given up. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** How many brokers there are. */
  get size(): number {
    return this.#nodes().length
  }

  /** `host:port` of every broker that is known. */
  get addresses(): string[] {
    return Array.from(new Set(Array.from(this.#addresses.values(), addressText)))
  }

  /** The broker that takes changes of topics; any broker where it is unknown. */
  get controller(): number | undefined {
    return this.#addresses.has(this.#controller) ? this.#controller : undefined
  }

  /** Connections of one's own. */
  link(): Link {
    const link = new Link((node, signal) => this.#open(node, signal))
    this.#links.add(link)
    return link
  }

  unlink(link: Link): void {
    link.close()
    this.#links.delete(link)
  }

  /** Finds a first broker. @throws SluiceError BROKER when none answers within `startTimeout` */
  async start(): Promise<void> {
    const { client, startTimeout, backoff } = this.settings
    const list = typeof client.brokers === 'function' ? await client.brokers() : client.brokers
    this.seed(list)
    const deadline = performance.now() + startTimeout
    const failures = new Map<number, string>()
    for (;;) {
      for (const node of this.#seeds()) {
        try {
          await this.#learn(node)
          return
        } catch (error) {
          if (!(error instanceof ConnectionLost)) throw error
          failures.set(node, error.message)
        }
      }
      if (this.closing.aborted || performance.now() + backoff.maxRetryTime > deadline) break
      await pause(backoff.maxRetryTime, this.closing)
    }
    throw notReached(list, startTimeout, failures)
  }

  /** Looks for brokers at these addresses, in place of all that were known. */
  seed(list: readonly string[]): void {
    this.#addresses.clear()
    list.forEach((text, index) => this.#addresses.set(-1 - index, parseAddress(text)))
  }

  /** One request to a broker that is named, or to any (`undefined`). @throws ConnectionLost */
  async send<T>(node: number | undefined, request: Request<T>): Promise<T> {
    return node === undefined ? this.#sendToOne(this.#candidates(), request) : this.#control.send(node, request)
  }

  /** The answer of the first that gives one. */
  async #sendToOne<T>(nodes: readonly number[], request: Request<T>): Promise<T> {
    let last: unknown = new ConnectionLost('no broker is known')
    for (const one of nodes) {
      try {
        const answer = await this.#control.send(one, request)
        this.#last = one
        return answer
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error
        last = error
      }
    }
    throw last
  }

  /** Metadata of these topics (`null`: of all); also refreshes the addresses of the brokers. @throws ConnectionLost */
  async metadata(topics: readonly string[] | null): Promise<MetadataResponse> {
    const answer = await this.send(undefined, metadataRequest(topics))
    this.#take(answer)
    return answer
  }

  /** A broker that an answer named. */
  know(node: number, address: Address): void {
    this.#addresses.set(node, address)
  }

  /** Repeats what fails for a passing reason, as the settings say, until it succeeds or `stop` comes. */
  retry<T>(
    what: string,
    attempt: () => Promise<T>,
    { timeout = this.settings.apiTimeout, stop }: { timeout?: number; stop?: AbortSignal } = {},
  ): Promise<T> {
    const { backoff } = this.settings
    const signals = stop === undefined ? [this.closing] : [this.closing, stop]
    return retry({ what, timeout, backoff, signals, report: this.report }, attempt)
  }

  /** Tells the owner of something that went wrong and is tried again. */
  readonly report = (what: string, cause: unknown): void => {
    if (cause instanceof ConnectionLost && cause.wasIdle) return
    this.tell(`${what}: ${errorText(cause)}; trying again`, cause)
  }

  tell(what: string, cause?: unknown): void {
    if (this.closing.aborted) return
    this.settings.onError(
      new SluiceError('BROKER', what, { hint: 'nothing is lost; check the broker if this goes on', cause }),
    )
  }

  /** It is closed with the cluster, unless it is released before. */
  adopt(client: Client): void {
    this.#clients.add(client)
  }

  release(client: Client): void {
    this.#clients.delete(client)
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#clients, client => client.close()))
    this.giveUp()
  }

  /** Nothing is waited for or tried again from now on. */
  giveUp(): void {
    this.#closing.abort()
    for (const link of this.#links) link.close()
    this.#links.clear()
  }

  async #open(node: number, signal: AbortSignal): Promise<BrokerConnection> {
    const address = this.#addresses.get(node)
    if (address === undefined) throw new ConnectionLost(`the address of broker ${node} is not known`)
    try {
      return new BrokerConnection(await this.#connect(address, signal))
    } catch (cause) {
      if (isRefusedLogin(cause)) throw loginRefused(address, cause)
      throw new ConnectionLost(cause)
    }
  }

  /** @throws ConnectionLost, also where none of the brokers that it names answers: work is sent to those */
  async #learn(node: number): Promise<void> {
    this.#take(await this.#control.send(node, metadataRequest([])))
    const named = this.#nodes()
    try {
      await this.#sendToOne(named, metadataRequest([]))
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error
      const addresses = named.map(one => addressText(this.#addresses.get(one)!)).join(', ')
      const why = `it did, but nobody where its advertised.listeners sent us (${addresses}): ${error.message}`
      this.report('looking for brokers', new Error(why))
      throw new ConnectionLost(why)
    }
  }

  #take(answer: MetadataResponse): void {
    for (const node of this.#addresses.keys()) {
      if (node >= 0 && !answer.brokers.some(broker => broker.node === node)) this.#addresses.delete(node)
    }
    for (const { node, host, port } of answer.brokers) this.#addresses.set(node, { host, port })
    this.#controller = answer.controller
  }

  /** The broker that answered last, then the others, then the addresses of the options. */
  #candidates(): number[] {
    const preferred = this.#last !== undefined && this.#addresses.has(this.#last) ? [this.#last] : []
    return [...new Set([...preferred, ...this.#nodes(), ...this.#seeds()])]
  }

  #nodes(): number[] {
    return Array.from(this.#addresses.keys()).filter(node => node >= 0)
  }

  #seeds(): number[] {
    return Array.from(this.#addresses.keys()).filter(node => node < 0)
  }
}

function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function parseAddress(text: string): Address {
  const match = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(text)
  if (match === null) {
    throw new SluiceError('BAD_ARGUMENT', `${JSON.stringify(text)} is not the address of a broker`, {
      hint: "write 'host:port', such as 'localhost:9092'",
    })
  }
  return { host: (match[1] ?? match[2])!, port: Number(match[3]) }
}

function notReached(list: readonly string[], timeout: number, failures: ReadonlyMap<number, string>): SluiceError {
  const each = list.map((text, index) => `${text} (${failures.get(-1 - index) ?? 'not tried'})`)
  return new SluiceError('BROKER', `no broker answered within ${timeout / 1000} s: ${each.join(', ')}`, {
    hint: 'check that Kafka runs, that host and port are right (its advertised.listeners too), and the ssl and sasl options',
  })
}

function isRefusedLogin(cause: unknown): boolean {
  return cause instanceof Error && /SASL/.test(cause.name)
}

function loginRefused({ host, port }: Address, cause: unknown): SluiceError {
  return new SluiceError('BROKER', `signing in to ${host}:${port} failed: ${errorText(cause)}`, {
    hint: 'check the mechanism, user name and password of the sasl option',
    cause,
  })
}
