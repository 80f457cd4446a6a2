import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { SluiceError } from '../../../../src/errors.js'
import type { BrokerConnection } from '../../../../src/log/kafka/connection/broker-connection.js'
import { Cluster } from '../../../../src/log/kafka/connection/cluster.js'
import { Link } from '../../../../src/log/kafka/connection/link.js'
import { settingsOf, type KafkaOptions } from '../../../../src/log/kafka/options.js'
import { metadataRequest } from '../../../../src/log/kafka/requests/metadata.js'
import type { Request } from '../../../../src/log/kafka/wire/request.js'
import { Writer } from '../../../../src/log/kafka/wire/writer.js'

afterEach(() => vi.restoreAllMocks())

/** Answers what comes before an OAuth token is asked for: ApiVersions v2 and SaslHandshake v1. */
function greet(socket: Socket, request: Buffer): void {
  const key = request.readInt16BE(4)
  const body = new Writer().int32(request.readInt32BE(8)).int16(0)
  if (key === 18) {
    body.int32(3)
    for (const known of [17, 18, 36]) body.int16(known).int16(0).int16(1)
    body.int32(0)
  } else body.int32(1).string('OAUTHBEARER')
  const parts = [...new Writer().int32(body.size).parts(), ...body.parts()]
  socket.write(Buffer.concat(parts))
}

/** A broker that takes connections, and answers nothing unless told otherwise. */
async function silentBroker(
  answer: (socket: Socket, request: Buffer) => void = () => {},
): Promise<{ brokers: string[]; opened: Promise<unknown>; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.on('data', request => answer(socket, request))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { brokers: [`127.0.0.1:${port}`], opened: once(server, 'connection'), sockets }
}

/** Timers that were set, and neither ended nor came. */
function watchTimers(): Set<unknown> {
  const running = new Set<unknown>()
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis
  vi.spyOn(globalThis, 'setInterval').mockImplementation(((run: () => void, delay: number) => {
    const timer = setInterval(run, delay)
    running.add(timer)
    return timer
  }) as typeof globalThis.setInterval)
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, delay: number) => {
    const timer = setTimeout(() => {
      running.delete(timer)
      run()
    }, delay)
    running.add(timer)
    return timer
  }) as typeof globalThis.setTimeout)
  vi.spyOn(globalThis, 'clearInterval').mockImplementation(timer => {
    running.delete(timer)
    clearInterval(timer)
  })
  vi.spyOn(globalThis, 'clearTimeout').mockImplementation(timer => {
    running.delete(timer)
    clearTimeout(timer)
  })
  return running
}

test('a connection whose first request is not answered leaves nothing behind', async () => {
  const { brokers, sockets } = await silentBroker()
  const timers = watchTimers()
  const settings = settingsOf({ brokers, requestTimeout: 200, connectionTimeout: 200, startTimeout: 100 })
  const cluster = new Cluster(settings)
  await expect(cluster.start()).rejects.toMatchObject({ code: 'BROKER' })
  const left = timers.size
  await vi.waitFor(() => expect(sockets.size).toBe(0))
  expect(left).toBe(0)
  await cluster.close()
})

const ways: Record<string, Partial<KafkaOptions>> = {
  'while versions are asked for': {},
  'while TLS is agreed on': { ssl: true },
}

test.each(Object.entries(ways))('closing gives up a connection that is being opened, %s', async (_, options) => {
  const { brokers, opened, sockets } = await silentBroker()
  const timers = watchTimers()
  const cluster = new Cluster(settingsOf({ ...options, brokers, startTimeout: 100 }))
  const started = cluster.start().catch((error: unknown) => error)
  await opened
  const before = performance.now()
  await cluster.close()
  expect(await started).toMatchObject({ code: 'BROKER' })
  await vi.waitFor(() => expect(sockets.size).toBe(0))
  expect(timers.size).toBe(0)
  expect(performance.now() - before).toBeLessThan(1000)
})

test('closing does not wait for an OAuth provider that does not answer', async () => {
  const { brokers, sockets } = await silentBroker(greet)
  const oauthBearerProvider = vi.fn<() => Promise<{ value: string }>>(() => new Promise(() => {}))
  const cluster = new Cluster(
    settingsOf({ brokers, startTimeout: 100, sasl: { mechanism: 'oauthbearer', oauthBearerProvider } }),
  )
  const started = cluster.start().catch((error: unknown) => error)
  await vi.waitFor(() => expect(oauthBearerProvider).toHaveBeenCalled())
  await cluster.close()
  expect(await started).toMatchObject({ code: 'BROKER' })
  await vi.waitFor(() => expect(sockets.size).toBe(0))
})

test('everybody who waits for a connection that cannot be opened may try again', async () => {
  const refused = new SluiceError('BROKER', 'signing in failed: Closed connection')
  const link = new Link(() => Promise.reject<BrokerConnection>(refused))
  const both = await Promise.allSettled([link.send(1, metadataRequest([])), link.send(1, metadataRequest([]))])
  const lost = {
    status: 'rejected',
    reason: { name: 'ConnectionLost', message: expect.stringContaining('signing in') },
  }
  expect(both).toMatchObject([lost, lost])
})

test.each([
  ['after a rest of a minute', 60_000, 0],
  ['in the middle of the work', 0, 1],
])(
  'a connection that the broker has ended %s is opened again, and reported where it is news',
  async (_, rest, reports) => {
    const probe: Request<number> = {
      name: 'Probe',
      key: 17,
      version: 1,
      write: () => {},
      read: reader => reader.int16(),
    }
    let probes = 0
    const { brokers } = await silentBroker((socket, request) => {
      if (request.readInt16BE(4) === probe.key && ++probes === 2) socket.resetAndDestroy()
      else greet(socket, request)
    })
    const onError = vi.fn<(error: SluiceError) => void>()
    const cluster = new Cluster(settingsOf({ brokers, onError }))
    onTestFinished(() => cluster.close())
    cluster.seed(brokers)
    const ask = () => cluster.retry('asking', () => cluster.send(-1, probe))
    expect(await ask()).toBe(0)
    const now = performance.now.bind(performance)
    vi.spyOn(performance, 'now').mockImplementation(() => now() + rest)
    expect(await ask()).toBe(0)
    expect(probes).toBe(3)
    expect(onError).toHaveBeenCalledTimes(reports)
  },
)
