import { expect, test } from 'vitest'
import { ConnectionLost } from '../../../src/log/kafka/connection/broker-connection.js'
import type { Cluster } from '../../../src/log/kafka/connection/cluster.js'
import type { Leaders } from '../../../src/log/kafka/connection/leaders.js'
import { retry } from '../../../src/log/kafka/connection/retry.js'
import { KafkaTopics } from '../../../src/log/kafka/topics.js'

test('a controller that is gone is not asked again where another broker has taken over', async () => {
  const asked: (number | undefined)[] = []
  let controller = 1
  const cluster = {
    settings: { apiTimeout: 1000 },
    get controller() {
      return controller
    },
    send: async (node: number | undefined) => {
      asked.push(node)
      if (node === 1) throw new ConnectionLost('not connected to 127.0.0.1:9092')
      return [{ topic: 'jobs', error: 0, message: null }]
    },
    metadata: async () => {
      controller = 2
      return { brokers: [], controller, topics: [] }
    },
    retry: (what: string, attempt: () => Promise<unknown>) =>
      retry(
        { what, timeout: 1000, backoff: { initialRetryTime: 10, maxRetryTime: 10 }, signals: [], report: () => {} },
        attempt,
      ),
  } as unknown as Cluster
  const leaders = { forget: () => {} } as unknown as Leaders
  await new KafkaTopics(cluster, leaders).delete(['jobs'])
  expect(asked).toEqual([1, 2])
})
