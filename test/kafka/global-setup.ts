import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { startBroker, type Broker } from './broker.js'
import { missingTools } from './jars.js'

/** What the tests are told about Kafka. */
export type KafkaForTests =
  | { readonly kind: 'given'; readonly brokers: readonly string[] }
  /** Connect to this port of 127.0.0.1: the first one starts the broker, each is answered with the addresses as JSON. */
  | { readonly kind: 'on demand'; readonly port: number }
  | { readonly kind: 'missing'; readonly why: string }

declare module 'vitest' {
  export interface ProvidedContext {
    readonly kafka: KafkaForTests
  }
}

/** Vitest's global set-up: one Kafka for the whole run, started when the first test file asks for it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['KAFKA_BROKERS']
  if (given !== undefined && given !== '') {
    project.provide('kafka', { kind: 'given', brokers: given.split(',') })
    return async () => {}
  }
  const why = missingTools()
  if (why !== undefined) {
    project.provide('kafka', { kind: 'missing', why })
    const shout = (): void =>
      console.warn(`\n*** KAFKA TESTS WERE SKIPPED: ${why}. Install Java 17 and Maven, or set KAFKA_BROKERS. ***\n`)
    shout()
    return async () => shout()
  }
  return provideOnDemand(project)
}

async function provideOnDemand(project: TestProject): Promise<() => Promise<void>> {
  let broker: Promise<Broker> | undefined
  const server = createServer(async socket => {
    socket.on('error', () => {})
    try {
      socket.end(JSON.stringify({ brokers: (await (broker ??= startBroker())).brokers }))
    } catch (error) {
      socket.end(JSON.stringify({ error: String(error) }))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('kafka', { kind: 'on demand', port: (server.address() as AddressInfo).port })
  return async () => {
    server.close()
    await broker?.then(
      started => started.stop(),
      () => {},
    )
  }
}
