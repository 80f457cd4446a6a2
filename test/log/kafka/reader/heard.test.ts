import { afterEach, expect, test, vi } from 'vitest'
import type { Cluster } from '../../../../src/log/kafka/connection/cluster.js'
import type { Leaders } from '../../../../src/log/kafka/connection/leaders.js'
import { KafkaReader } from '../../../../src/log/kafka/reader/reader.js'

afterEach(() => vi.useRealTimers())

test('a broker that does not answer is not heard', async () => {
  vi.useFakeTimers()
  const cluster = {
    settings: { fetchMaxWait: 500, fetchMinBytes: 1 },
    link: () => ({ send: () => new Promise(() => {}) }),
    unlink: () => {},
    adopt: () => {},
    release: () => {},
  } as unknown as Cluster
  const leaders = { known: () => 1 } as unknown as Leaders
  const reader = new KafkaReader(cluster, leaders, { isolation: 'read_committed', onReady: () => {} })
  reader.seek('jobs', 0, 0)
  vi.advanceTimersByTime(2_000)
  expect(reader.heard('jobs', 0)).toBe(true)
  vi.advanceTimersByTime(1_000)
  expect(reader.heard('jobs', 0)).toBe(false)
  await reader.close()
})
