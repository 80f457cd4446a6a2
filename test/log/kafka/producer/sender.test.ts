import { expect, onTestFinished, test } from 'vitest'
import type { Cluster } from '../../../../src/log/kafka/connection/cluster.js'
import type { Leaders } from '../../../../src/log/kafka/connection/leaders.js'
import { TryAgain } from '../../../../src/log/kafka/connection/retry.js'
import { Sender } from '../../../../src/log/kafka/producer/sender.js'
import { batch, expectCode } from '../../helpers.js'

test('a batch whose partition has no leader is given up in the end, as one that is not acknowledged', async () => {
  let asked = 0
  const cluster = {
    settings: { deliveryTimeout: 30, backoff: { initialRetryTime: 5, maxRetryTime: 5 }, client: {} },
    closing: new AbortController().signal,
    link: () => ({}),
    unlink: () => {},
    report: () => {},
  } as unknown as Cluster
  const leaders = {
    known: () => undefined,
    find: () => {
      asked++
      return Promise.reject(new TryAgain('partition 0 of jobs has no leader'))
    },
  } as unknown as Leaders
  const sender = new Sender(cluster, leaders, {
    transactionalId: null,
    identity: () => ({ id: 1n, epoch: 0 }),
    renew: () => Promise.resolve(),
    onWritten: () => {},
  })
  onTestFinished(() => sender.close())
  sender.push({ topic: 'jobs', partition: 0, builder: batch('x'), onFree: undefined })
  await expectCode('BROKER', () => sender.idle())
  expect(asked).toBeGreaterThan(1)
})
