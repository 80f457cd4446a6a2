import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, inject, test } from 'vitest'
import { missingTools } from './jars.js'

const patience = 180_000

/** The Kafka of this test run. */
export interface SharedKafka {
  /** Addresses, `host:port`; known from the first `beforeAll` on. */
  readonly brokers: string[]
  /** A name that no other test uses. */
  name(what: string): string
}

/**
 * `describe` for tests that need the Kafka of this run: started on first use, or the one in `KAFKA_BROKERS`. Without Java
 * or Maven they are skipped with a notice; with `CI=true` they fail.
 *
 * @example
 * describeKafka('the log on Kafka', kafka => {
 *   test('…', async () => { const log = await kafkaLog({ brokers: kafka.brokers }).open() … })
 * })
 */
export function describeKafka(name: string, body: (kafka: SharedKafka) => void): void {
  const offer = inject('kafka')
  if (offer.kind === 'missing') return unavailable(name, offer.why)
  describe(name, () => {
    const brokers: string[] = offer.kind === 'given' ? [...offer.brokers] : []
    beforeAll(async () => {
      if (offer.kind === 'on demand') brokers.splice(0, Infinity, ...(await demand(offer.port)))
    }, patience)
    body({ brokers, name: uniqueName })
  })
}

/** `describe` for tests that start, kill and restart brokers of their own, with `startBroker`. */
export function describeOwnKafka(name: string, body: () => void): void {
  const why = missingTools()
  if (why !== undefined) unavailable(name, why)
  else describe(name, { timeout: patience }, body)
}

/** A name that no other test, file or run uses. */
export function uniqueName(what: string): string {
  return `${what}-${process.pid}-${Date.now().toString(36)}-${(counter++).toString(36)}`
}

let counter = 0

function unavailable(name: string, why: string): void {
  if (process.env['CI'] === 'true') {
    test(name, () => {
      throw new Error(`Kafka is needed where CI=true, and ${why}: install Java 17 and Maven, or set KAFKA_BROKERS`)
    })
  } else {
    describe.skip(`${name} (skipped: ${why})`, () => {
      test.skip('needs Kafka')
    })
  }
}

async function demand(port: number): Promise<string[]> {
  const answer = JSON.parse(await text(connect(port, '127.0.0.1'))) as { brokers?: string[]; error?: string }
  if (answer.brokers === undefined) throw new Error(`Kafka could not be started: ${answer.error}`)
  return answer.brokers
}
