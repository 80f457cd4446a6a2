import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { generator } from './random.js'

/** A request to a loopback service. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A call, and what the service did about it. */
export interface Served extends Call {
  /** By which the service knows a repetition. */
  readonly key: string
  /** `acted`: it did what was asked; `repeated`: it had done so before; `refused`: it did nothing. */
  readonly outcome: 'acted' | 'repeated' | 'refused'
  readonly fault: Fault
}

/**
 * How a call goes wrong: refused as one of too many (429) or by a fault of the service (500); no answer ever, so that the
 * caller runs into its time-out; or acted on with the answer lost, so that the caller asks again for what is done.
 */
export type Fault = 'none' | 'busy' | 'broken' | 'silent' | 'unanswered'

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface ServiceOptions {
  /** Chooses the faults: a third of the calls, but never more than the first three of a key. Without it there are none. */
  readonly seed?: number
  /** The idempotency key of a call. Default: its header `Idempotency-Key`. */
  readonly keyOf?: (call: Call) => string
  /** Does what a call asks for. Asked once for each key that it answers with a status below 300. */
  readonly answer: (call: Call) => Answer
  /** Told before a call is worked on, when it has been, and when it was answered. */
  readonly onCall?: (phase: 'before' | 'during' | 'after') => void
}

/**
 * Stands for a service on the net: an HTTP server on this machine that fails as services do, drops repetitions by their
 * idempotency key, and remembers all calls.
 */
export class Service {
  readonly served: Served[] = []
  readonly #server: Server
  readonly #options: ServiceOptions
  readonly #calls = new Map<string, number>()
  readonly #answers = new Map<string, Answer>()

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
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request
    const call: Call = { method, path, headers, body: await text(request) }
    const { onCall = () => {}, keyOf = ({ headers }) => String(headers['idempotency-key']) } = this.#options
    onCall('before')
    const key = keyOf(call)
    const fault = this.#faultOf(key)
    const { answer, outcome } = this.#work(call, key, fault)
    this.served.push({ ...call, key, outcome, fault })
    onCall('during')
    // A silent one keeps the connection open until the caller gives up.
    if (fault === 'silent') return
    if (fault === 'unanswered') return void response.destroy()
    const body = JSON.stringify(answer.body ?? {})
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(body)
    onCall('after')
  }

  #faultOf(key: string): Fault {
    const number = (this.#calls.get(key) ?? 0) + 1
    this.#calls.set(key, number)
    if (this.#options.seed === undefined || number > 3) return 'none'
    const text = `${key} ${number}`
    const mixed = Array.from(text, char => char.charCodeAt(0)).reduce((hash, code) => Math.imul(hash, 31) + code, 7)
    const random = generator(this.#options.seed ^ mixed)()
    return faults.find(([, below]) => random < below)?.[0] ?? 'none'
  }

  #work(call: Call, key: string, fault: Fault): { answer: Answer; outcome: Served['outcome'] } {
    if (fault !== 'none' && fault !== 'unanswered') return { answer: refusals[fault], outcome: 'refused' }
    const known = this.#answers.get(key)
    if (known !== undefined) return { answer: known, outcome: 'repeated' }
    const answer = this.#options.answer(call)
    if (answer.status >= 300) return { answer, outcome: 'refused' }
    this.#answers.set(key, answer)
    return { answer, outcome: 'acted' }
  }
}

/** Each with the number up to which it is meant by one in [0, 1). */
const faults = [
  ['busy', 0.1],
  ['broken', 0.2],
  ['silent', 0.23],
  ['unanswered', 0.33],
] as const satisfies (readonly [Fault, number])[]

const refusals = {
  busy: { status: 429, headers: { 'retry-after': '1' }, body: { message: 'Too Many Requests' } },
  broken: { status: 500, body: { message: 'Internal Server Error' } },
  silent: { status: 504 },
} as const satisfies Readonly<Record<string, Answer>>
