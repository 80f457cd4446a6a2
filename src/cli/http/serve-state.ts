import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SluiceError, errorText, type ErrorCode } from '../../errors.js'
import type { Running } from '../../runtime/options.js'
import type { TopologySpec } from '../../topology/spec.js'
import { hostAndPort } from './http-option.js'
import { jsonText } from './json-text.js'
import { answer } from './routes.js'

/** Where to listen. */
export interface HttpAddress {
  readonly host: string
  readonly port: number
}

export interface StateServer {
  /** `host:port`, the port that was found where 0 was asked for. */
  readonly address: string
  close(): Promise<void>
}

/** Serves committed state and the status of a pipeline to whoever can reach the address, for reading only. */
export async function serveState(app: Running, spec: TopologySpec, { host, port }: HttpAddress): Promise<StateServer> {
  const server = createServer((request, response) => {
    serve(app, spec, request, response).catch((error: unknown) => refuse(response, error))
  })
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new SluiceError('BAD_ARGUMENT', `cannot listen on ${hostAndPort({ host, port })}: ${errorText(cause)}`, {
      cause,
      hint: 'choose another port: --http 8081',
    })
  }
  return {
    address: hostAndPort({ host, port: (server.address() as AddressInfo).port }),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function serve(
  app: Running,
  spec: TopologySpec,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return send(response, 405, { code: 'BAD_ARGUMENT', message: 'state is read here, not written: GET' })
  }
  const found = await answer(app, spec, targetOf(request.url ?? '/'))
  if (found === undefined) {
    return send(response, 404, {
      code: 'BAD_ARGUMENT',
      message: 'there is /status, /stores, /stores/<name>, /stores/<name>/value?key=…, /stores/<name>/windows?key=…',
    })
  }
  if ('value' in found) return send(response, 200, found.value)
  const entries = found.entries[Symbol.asyncIterator]()
  // What cannot be read at all fails at its first entry, and can still be answered as an error.
  const first = await entries.next()
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  await pipeline(Readable.from(lines(first, entries)), response)
}

/** A path, or what a proxy is asked. `//` begins a path here, not a host. */
function targetOf(url: string): URL {
  if (url.startsWith('/')) return new URL(`http://localhost${url}`)
  return new URL(URL.canParse(url) ? url : 'http://localhost/*')
}

async function* lines(
  first: IteratorResult<[unknown, unknown]>,
  rest: AsyncIterator<[unknown, unknown]>,
): AsyncGenerator<string> {
  try {
    for (let entry = first; entry.done !== true; entry = await rest.next()) {
      const [key, value] = entry.value
      yield `${jsonText({ key, value })}\n`
    }
  } finally {
    await rest.return?.()
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  // In the middle of an answer nothing but its end can tell.
  if (response.headersSent) return void response.destroy()
  if (!(error instanceof SluiceError)) return send(response, 500, { message: errorText(error) })
  const { code, what: message, hint } = error
  send(response, statuses[code] ?? 500, { code, message, hint })
}

const statuses: Partial<Record<ErrorCode, number>> = {
  UNKNOWN_STORE: 404,
  BAD_ARGUMENT: 400,
  SERIALIZE: 400,
  UNSUPPORTED: 400,
  NOT_RUNNING: 503,
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${jsonText(body)}\n`)
}
