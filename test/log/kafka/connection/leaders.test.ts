import { expect, test } from 'vitest'
import { code } from '../../../../src/log/kafka/codes.js'
import type { Cluster } from '../../../../src/log/kafka/connection/cluster.js'
import { Leaders } from '../../../../src/log/kafka/connection/leaders.js'

test('a topic that may not be read fails the look for its own leaders alone', async () => {
  const errors = new Map([
    ['secret', code.topicAuthorizationFailed],
    ['not valid', code.invalidTopic],
  ])
  const cluster = {
    metadata: async (names: readonly string[]) => ({
      topics: names.map(name => ({
        name,
        error: errors.get(name) ?? code.none,
        partitions: [{ partition: 0, leader: 7 }],
      })),
    }),
  } as unknown as Cluster
  const leaders = new Leaders(cluster)
  const all = ['secret', 'jobs', 'not valid', 'others'].map(name => leaders.find(name, 0))
  const [secret, jobs, invalid, others] = await Promise.allSettled(all)
  expect(secret).toMatchObject({ reason: { code: 'BROKER', place: { topic: 'secret' } } })
  expect(invalid).toMatchObject({ reason: { code: 'BAD_ARGUMENT', place: { topic: 'not valid' } } })
  expect([jobs, others]).toEqual([
    { status: 'fulfilled', value: 7 },
    { status: 'fulfilled', value: 7 },
  ])
  errors.clear()
  expect(await leaders.find('secret', 0)).toBe(7)
})
