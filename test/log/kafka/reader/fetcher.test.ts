import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { SluiceError } from '../../../../src/errors.js'
import { code } from '../../../../src/log/kafka/codes.js'
import type { Cluster } from '../../../../src/log/kafka/connection/cluster.js'
import type { Leaders } from '../../../../src/log/kafka/connection/leaders.js'
import { TryAgain } from '../../../../src/log/kafka/connection/retry.js'
import { KafkaReader } from '../../../../src/log/kafka/reader/reader.js'
import type { FetchResult } from '../../../../src/log/kafka/requests/fetch.js'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** A reader of a partition whose broker answers these error codes, one after the other, then the last one again and again. */
function reading(
  errors: readonly number[],
  highWatermark = (): number => 7,
): { reader: KafkaReader; report: Cluster['report']; asked: () => number } {
  let asked = 0
  const answer = (): FetchResult => ({
    topic: 'jobs',
    partition: 0,
    error: errors[Math.min(asked++, errors.length - 1)]!,
    highWatermark: highWatermark(),
    lastStableOffset: 7,
    aborted: [],
    records: Buffer.alloc(0),
  })
  const report = vi.fn<Cluster['report']>()
  const cluster = {
    settings: {
      fetchMaxWait: 500,
      fetchMinBytes: 1,
      fetchRetries: Infinity,
      backoff: { initialRetryTime: 100, maxRetryTime: 1000 },
    },
    link: () => ({
      send: async () => {
        await new Promise(resolve => setTimeout(resolve, 1))
        return { error: 0, partitions: [answer()] }
      },
    }),
    unlink: () => {},
    adopt: () => {},
    release: () => {},
    report,
  } as unknown as Cluster
  let known: number | undefined = 1
  const leaders = {
    known: () => known,
    forget: () => (known = undefined),
    find: () => Promise.reject(new TryAgain('partition 0 of jobs has no leader')),
  } as unknown as Leaders
  const reader = new KafkaReader(cluster, leaders, { isolation: 'read_committed', onReady: () => {} })
  onTestFinished(() => reader.close())
  reader.seek('jobs', 0, 7)
  return { reader, report, asked: () => asked }
}

test('what the broker cannot read of its own disk ends the reading, after some tries', async () => {
  const { reader, asked } = reading([code.none, code.corruptMessage])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked()).toBe(6)
  let error: unknown
  try {
    reader.poll()
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(SluiceError)
  expect(error).toMatchObject({
    code: 'CORRUPT',
    place: { topic: 'jobs', partition: 0, offset: 7 },
    hint: expect.stringContaining('disk'),
  })
})

test('what the broker can read again is read on', async () => {
  const { corruptMessage: bad, none } = code
  const { reader, asked } = reading([bad, bad, bad, bad, none, bad, bad, bad, bad, none])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked()).toBeGreaterThan(10)
  expect(reader.poll()).toMatchObject([{ next: 7, end: 7 }])
})

test('a partition that stays without a leader is reported, about once a minute', async () => {
  const { report } = reading([code.notLeaderOrFollower])
  await vi.advanceTimersByTimeAsync(1000)
  expect(report).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(9_000)
  expect(report).toHaveBeenCalledOnce()
  expect(report).toHaveBeenCalledWith('reading jobs', new TryAgain('partition 0 of jobs has no leader'))
  await vi.advanceTimersByTimeAsync(170_000)
  expect(report).toHaveBeenCalledTimes(3)
})

test('a transaction that stays open before more records is reported, about once a minute', async () => {
  let end = 9
  const { reader, report } = reading([code.none], () => end++)
  await vi.advanceTimersByTimeAsync(80_000)
  expect(reader.poll()).toMatchObject([{ next: 7, end: 7 }])
  expect(report).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(20_000)
  expect(report).toHaveBeenCalledOnce()
  expect(report).toHaveBeenCalledWith(
    'reading jobs',
    expect.objectContaining({ message: expect.stringContaining('behind offset 7 of partition 0') }),
  )
  await vi.advanceTimersByTimeAsync(125_000)
  expect(report).toHaveBeenCalledTimes(3)
})

test('where nothing follows, nothing is reported', async () => {
  const { report } = reading([code.none])
  await vi.advanceTimersByTimeAsync(200_000)
  expect(report).not.toHaveBeenCalled()
})
