import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  Partitioners,
  ResourcePatternTypes,
  logLevel,
  type Admin,
} from 'kafkajs'
import { expect, test, vi } from 'vitest'
import { json, pipeline, string, topic, type Pipeline } from '../../dsl/index.js'
import type { SluiceError } from '../../src/errors.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import { startBroker, type Broker } from '../kafka/broker.js'
import { describeOwnKafka } from '../kafka/shared.js'
import { batch, expectCode, produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const orders = topic('orders', { key: string, value: string })
const out = topic('out', { key: string, value: string })

test('a broker that is down at the start is named, in bounded time', async () => {
  const broker = `127.0.0.1:${await deadPort()}`
  const p = pipeline('shop', { value: json() })
  p.stream(orders).to(out)
  const began = performance.now()
  const error = await expectCode('BROKER', () => p.start({ log: kafka({ brokers: [broker], startTimeout: '1s' }) }))
  expect(performance.now() - began).toBeLessThan(8_000)
  expect(error.message).toContain(broker)
  expect(error.hint).toContain('check that Kafka runs')
})

describeOwnKafka('a broker that goes down later', () => {
  test('and stays down stops the pipeline in bounded time; the next start goes on', { timeout: 120_000 }, async () => {
    await using broker = await startBroker()
    const stateDir = await temporaryDirectory()
    const limits = { apiTimeout: '3s', deliveryTimeout: '3s', requestTimeout: '2s', transactionTimeout: '3s' } as const
    const described = kafka({ brokers: broker.brokers, ...limits })
    let killed = 0
    const shop = (): Pipeline => {
      const p = pipeline('shop', { value: json() })
      p.stream(orders, { keyless: true })
        .peek(order => {
          // In the middle of a transaction: what was written for this order is not committed yet.
          if (order === 'fatal' && killed === 0) void broker.kill().then(() => (killed = performance.now()))
        })
        .to(out)
      return p
    }
    const writing = await described.open()
    for (const { name } of [orders, out]) await writing.topics.create([{ name, partitions: 1 }])
    await produce(writing, 'orders', 0, 'a', 'b')
    const app = await shop().start({ log: described, stateDir, outageTimeout: '2s', onError: () => {} })
    await app.drained()
    const producer = writing.producer({})
    await producer.init()
    producer.append('orders', 0, batch('c', 'fatal', 'd'))
    await producer.flush()
    await producer.close()
    const error = await expectCode('BROKER', () => app.closed)
    expect(performance.now() - killed).toBeLessThan(30_000)
    expect(error.message).toContain('within 3 s')
    expect(error.hint).toContain('check')
    await broker.restart()
    await writing.close()

    const log = await kafka({ brokers: broker.brokers }).open()
    const next = await shop().start({ log, stateDir })
    await next.drained()
    await next.close()
    expect(await valuesOf(log, 'out', 0)).toEqual(['a', 'b', 'c', 'fatal', 'd'])
    await log.close()
  })
})

describeOwnKafka('close() without brokers', () => {
  const closeTimeout = 3_000
  /** Between what is uncommitted and the end no broker answers; `fatal` has it so in the middle of a transaction. */
  const shopOf = (broker: Broker, outage: (broker: Broker) => void): Pipeline => {
    const p = pipeline('shop', { value: json() })
    p.stream(orders, { keyless: true })
      .peek(order => order === 'fatal' && outage(broker))
      .to(out)
    return p
  }
  const took = async (closing: () => Promise<unknown>): Promise<number> => {
    const began = performance.now()
    await closing()
    return performance.now() - began
  }

  test.each<[string, (broker: Broker) => void, (broker: Broker) => void | Promise<void>]>([
    ['are down', broker => void broker.kill(), broker => broker.restart()],
    ['hang', broker => broker.freeze(1, true), broker => broker.freeze(1, false)],
  ])('that %s ends within closeTimeout; the next start goes on', async (_, goes, comesBack) => {
    await using broker = await startBroker()
    const described = kafka({ brokers: broker.brokers })
    const log = await described.open()
    for (const { name } of [orders, out]) await log.topics.create([{ name, partitions: 1 }])
    await produce(log, 'orders', 0, 'a', 'b')
    const stateDir = await temporaryDirectory()
    let gone = (): void => {}
    const outage = new Promise<void>(resolve => (gone = resolve))
    const app = await shopOf(broker, () => (goes(broker), gone())).start({ log: described, stateDir, closeTimeout })
    await app.drained()
    // It may be read before its writer has heard of it.
    // A broker that comes back knows repetitions by what has written lately: by the times of the records.
    const timestamp = Date.now()
    const producing = produce(log, 'orders', 0, ...['c', 'fatal', 'd'].map(value => ({ value, timestamp })))
    await outage
    let error: SluiceError | undefined
    const closing = await took(async () => (error = await expectCode('BROKER', () => app.close())))
    expect(closing).toBeLessThan(closeTimeout + 2_000)
    expect(error!.message).toContain('within the 3 s of closeTimeout')
    expect(error!.hint).toContain('nothing is lost')
    await comesBack(broker)
    await producing

    const next = await shopOf(broker, () => {}).start({ log: described, stateDir })
    await next.drained()
    await next.close()
    expect(await valuesOf(log, 'out', 0)).toEqual(['a', 'b', 'c', 'fatal', 'd'])
    await log.close()
  })

  test('has nothing to wait for where all is committed', async () => {
    await using broker = await startBroker()
    const described = kafka({ brokers: broker.brokers })
    const log = await described.open()
    for (const { name } of [orders, out]) await log.topics.create([{ name, partitions: 1 }])
    await produce(log, 'orders', 0, 'a', 'b')
    await log.close()
    const app = await shopOf(broker, () => {}).start({ log: described, stateDir: await temporaryDirectory() })
    await app.drained()
    await broker.kill()
    // But for the courtesy of leaving the group.
    expect(await took(() => app.close())).toBeLessThan(7_000)
  })
})

describeOwnKafka('a broker with its own rules', () => {
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
  const sasl = { mechanism: 'plain', username: 'jobs', password: 'open sesame' } as const
  /** At the listener SASL the user has the rights that a test gives; at the other one everybody has all. */
  const startGuarded = (properties: Readonly<Record<string, string>> = {}) =>
    startBroker({
      listeners: { SASL: 'SASL_PLAINTEXT' },
      properties: {
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.sasl.plain.sasl.jaas.config': `${login} user_jobs="${sasl.password}";`,
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
        ...properties,
      },
    })

  /** The user may do `allowed` with the topic, and not `denied`; done when the broker goes by that. */
  async function denyTopic(
    broker: Broker,
    topic: { resourceName: string; resourcePatternType?: ResourcePatternTypes },
    denied: AclOperationTypes,
    allowed: AclOperationTypes,
  ): Promise<void> {
    const admin = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const { LITERAL } = ResourcePatternTypes
    const of = { resourceType: AclResourceTypes.TOPIC, principal: 'User:jobs', host: '*' }
    const rule = { ...of, resourcePatternType: LITERAL, ...topic }
    const rules = [
      { ...rule, operation: denied, permissionType: AclPermissionTypes.DENY },
      { ...rule, operation: allowed, permissionType: AclPermissionTypes.ALLOW },
    ]
    await admin.createAcls({ acl: rules })
    // The controller has taken them then. The broker hears of it from there, and answers this from what it knows.
    const known = async (one: (typeof rules)[number]): Promise<boolean> => {
      const filter = { ...one, resourcePatternTypeFilter: one.resourcePatternType } as Parameters<
        Admin['describeAcls']
      >[0]
      return (await admin.describeAcls(filter)).resources.length > 0
    }
    await vi.waitUntil(async () => (await Promise.all(rules.map(known))).every(Boolean), { timeout: 60_000 })
    await admin.disconnect()
  }

  test('who may no longer write is told so after the outage time, and does not begin again all the while', async () => {
    await using broker = await startGuarded({ 'allow.everyone.if.no.acl.found': 'true' })
    const log = await kafka({ brokers: broker.brokers }).open()
    for (const { name } of [orders, out]) await log.topics.create([{ name, partitions: 1 }])
    await produce(log, 'orders', 0, 'a')
    const p = pipeline('shop', { value: json() })
    p.stream(orders, { keyless: true }).to(out)
    const app = await p.start({
      log: kafka({ brokers: broker.listener('SASL'), sasl }),
      stateDir: await temporaryDirectory(),
      outageTimeout: '2s',
      onError: () => {},
    })
    await app.drained()
    await denyTopic(broker, { resourceName: 'out' }, AclOperationTypes.WRITE, AclOperationTypes.DESCRIBE)
    await produce(log, 'orders', 0, 'b')
    const error = await expectCode('BROKER', () => app.closed)
    expect(error.message).toContain('TOPIC_AUTHORIZATION_FAILED')
    expect(error.hint).toContain('kafka-acls')
    // Without rests it was about ten a second.
    expect(app.status.counters['recovered{BROKER}']).toBeLessThan(10)
    expect(await valuesOf(log, 'out', 0)).toEqual(['a'])
    await log.close()
  })

  test('a topic that the user may not see is not told to be missing', async () => {
    await using broker = await startGuarded()
    const log = await kafka({ brokers: broker.brokers }).open()
    await log.topics.create([{ name: 'orders', partitions: 1 }])
    await log.close()
    const p = pipeline('shop', { value: json() })
    p.stream(orders).to(out)
    const start = async () =>
      p.start({ log: kafka({ brokers: broker.listener('SASL'), sasl }), stateDir: await temporaryDirectory() })
    const error = await expectCode('BROKER', start)
    expect(error.message).toContain('TOPIC_AUTHORIZATION_FAILED')
    expect(error.hint).toContain('kafka-acls')
  })

  test('topics of its own that the user may make and not see are no reason to wait', async () => {
    await using broker = await startGuarded({ 'allow.everyone.if.no.acl.found': 'true' })
    const log = await kafka({ brokers: broker.brokers }).open()
    await log.topics.create([{ name: 'orders', partitions: 1 }])
    await log.close()
    const own = { resourceName: 'shop-', resourcePatternType: ResourcePatternTypes.PREFIXED }
    await denyTopic(broker, own, AclOperationTypes.DESCRIBE, AclOperationTypes.ALL)
    const p = pipeline('shop', { value: json() })
    p.stream(orders).groupByKey().count({ as: 'counts' })
    const began = performance.now()
    const start = async () =>
      p.start({ log: kafka({ brokers: broker.listener('SASL'), sasl }), stateDir: await temporaryDirectory() })
    const error = await expectCode('BROKER', start)
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(error.place.topic).toBe('shop-counts-changelog')
    expect(error.hint).toMatch(/kafka-acls.*begin with the application id/)
  })

  test('a time in nanoseconds, which no number can tell, is a dead letter', async () => {
    await using broker = await startBroker()
    const log = await kafka({ brokers: broker.brokers }).open()
    const config = { 'message.timestamp.after.max.ms': String(2n ** 63n - 1n) }
    await log.topics.create(['orders', 'out', 'letters'].map(name => ({ name, partitions: 1, config })))
    const theirs = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING })
    const producer = theirs.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    const messages = ['1700000000000000000', '1700000000000'].map((timestamp, i) => ({
      value: `order-${i}`,
      timestamp,
    }))
    await producer.send({ topic: 'orders', messages })
    await producer.disconnect()
    const p = pipeline('shop', { value: json() }).deadLetter('letters')
    p.stream(orders, { keyless: true }).to(out)
    const app = await p.start({ log, stateDir: await temporaryDirectory() })
    await app.drained()
    await app.close()
    expect(await valuesOf(log, 'out', 0)).toEqual(['order-1'])
    expect(await valuesOf(log, 'letters', 0)).toEqual(['order-0'])
    await log.close()
  })
})
