import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { connector } from '../../../../src/log/kafka/connection/internals.js'
import { settingsOf } from '../../../../src/log/kafka/options.js'
import { describeKafka } from '../../../kafka/shared.js'

describeKafka("what is used of kafkajs's insides", shared => {
  test('is the pinned version', () => {
    const require = createRequire(import.meta.url)
    const ours = require('../../../../package.json') as { dependencies: Record<string, string> }
    expect(ours.dependencies['kafkajs']).toBe('2.2.4')
    expect((require('kafkajs/package.json') as { version: string }).version).toBe('2.2.4')
  })

  test('is as declared', async () => {
    const [host, port] = shared.brokers[0]!.split(':')
    const connect = connector(settingsOf({ brokers: shared.brokers, clientId: 'test' }).client)
    const { connection, broker } = await connect({ host: host!, port: Number(port) }, new AbortController().signal)
    expect(connection).toMatchObject({ host, port: Number(port), clientId: 'test' })
    expect(connection.isConnected()).toBe(true)
    expect(connection.nextCorrelationId()).toBe(connection.nextCorrelationId() - 1)
    for (const method of ['isAuthenticated', 'authenticate', 'disconnect', 'rejectRequests'] as const) {
      expect(connection[method]).toBeTypeOf('function')
    }
    for (const method of ['push', 'maybeThrottle'] as const)
      expect(connection.requestQueue[method]).toBeTypeOf('function')
    expect(connection.requestQueue.pending).toEqual([])
    expect(connection.requestQueue.throttleCheckTimeoutId, 'nothing waits: no timer').toBeNull()
    for (const method of ['write', 'cork', 'uncork', 'destroy'] as const) {
      expect(connection.socket[method]).toBeTypeOf('function')
    }
    // Produce and Fetch, in the versions that are sent.
    expect(broker.versions[0]!.maxVersion).toBeGreaterThanOrEqual(8)
    expect(broker.versions[1]!.maxVersion).toBeGreaterThanOrEqual(11)
    await broker.disconnect()
    expect(connection.isConnected()).toBe(false)
  })
})
