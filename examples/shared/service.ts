import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request to a loopback service. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** What the service did about a call. `done`: it acted on it; the caller may or may not have heard of it. */
export interface Served extends Call {
  readonly fault: Fault
  readonly done: boolean
}

/**
 * How a call goes wrong: refused as too many (429) or broken (500) without having acted; silent, so that the caller runs
 * into its time-out, without having acted; or acted on with the answer lost, so that the caller asks a second time.
 */
export type Fault = 'none' | 'busy' | 'broken' | 'silent' | 'unanswered'

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface ServiceOptions {
  /** Answers a call that it acts on. */
  readonly answer: (call: Call) => Answer
  /** What befalls the next call. */
  readonly fault: () => Fault
  /** Told before a call is worked on, when it has been acted on, and when it was answered. */
  readonly onCall?: (phase: 'before' | 'during' | 'after', call: Call) => void
}

/** Stands for a service on the net: an HTTP server on this machine that fails as services do, and remembers all calls. */
export class Service {
  readonly served: Served[] = []
  readonly #server: Server
  readonly #options: ServiceOptions

  private constructor(options: ServiceOptions) {
    this.#options = options
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  static async start(options: ServiceOptions): Promise<Service> {
    const service = new Service(options)
    service.#server.listen(0, '127.0.0.1')
    await once(service.#server, 'listening')
    return service
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request
    const call: Call = { method, path, headers, body: await text(request) }
    const { answer, fault: draw, onCall = () => {} } = this.#options
    onCall('before', call)
    const fault = draw()
    const done = fault === 'none' || fault === 'unanswered'
    const reply: Answer = done ? answer(call) : refusals[fault]
    this.served.push({ ...call, fault, done: done && reply.status < 300 })
    onCall('during', call)
    // A silent one keeps the connection open until the caller gives up.
    if (fault === 'silent') return
    if (fault === 'unanswered') return void response.destroy()
    const body = JSON.stringify(reply.body ?? {})
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(body)
    onCall('after', call)
  }
}

const refusals: Readonly<Record<'busy' | 'broken' | 'silent', Answer>> = {
  busy: { status: 429, headers: { 'retry-after': '1' }, body: { message: 'Too Many Requests' } },
  broken: { status: 500, body: { message: 'Internal Server Error' } },
  silent: { status: 504 },
}
