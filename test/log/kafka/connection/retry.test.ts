import { describe, expect, onTestFinished, test } from 'vitest'
import { Backoff } from '../../../../src/log/kafka/connection/backoff.js'
import { ConnectionLost } from '../../../../src/log/kafka/connection/broker-connection.js'
import { Cluster } from '../../../../src/log/kafka/connection/cluster.js'
import { TryAgain, retry, type RetryOptions } from '../../../../src/log/kafka/connection/retry.js'
import { settingsOf } from '../../../../src/log/kafka/options.js'
import { expectCode } from '../../helpers.js'

const options = (more: Partial<RetryOptions> = {}): RetryOptions => ({
  what: 'the test',
  timeout: 10_000,
  backoff: { initialRetryTime: 1, maxRetryTime: 2 },
  signals: [],
  report: () => {},
  ...more,
})

describe('repeated attempts', () => {
  test('go on through passing failures, and report lost connections', async () => {
    const reported: unknown[] = []
    let attempts = 0
    const result = await retry(options({ report: (_, cause) => reported.push(cause) }), async () => {
      attempts++
      if (attempts === 1) throw new TryAgain('later')
      if (attempts === 2) throw new ConnectionLost('gone')
      return 'done'
    })
    expect(result).toBe('done')
    expect(reported).toHaveLength(1)
  })

  test('end at once with any other failure', async () => {
    let attempts = 0
    const failing = retry(options(), async () => {
      attempts++
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(attempts).toBe(1)
  })

  test('are given up after the time, with the last reason', async () => {
    const error = await expectCode('BROKER', () =>
      retry(options({ timeout: 5 }), async () => {
        throw new TryAgain('NOT_COORDINATOR')
      }),
    )
    expect(error.message).toContain('the test did not succeed within 0.005 s: NOT_COORDINATOR')
  })

  test('end when the signal comes, also in the middle of a wait', async () => {
    const stop = new AbortController()
    const slow = { initialRetryTime: 60_000, maxRetryTime: 60_000 }
    const running = retry(options({ timeout: Infinity, backoff: slow, signals: [stop.signal] }), async () => {
      queueMicrotask(() => stop.abort())
      throw new TryAgain('later')
    })
    await expectCode('NOT_RUNNING', () => running)
  })
})

describe('the backoff', () => {
  test('doubles up to its limit, spread by a fifth, and starts anew after a success', () => {
    const backoff = new Backoff({ initialRetryTime: 100, maxRetryTime: 400 })
    for (const expected of [100, 200, 400, 400]) {
      const delay = backoff.delay()
      expect(delay).toBeGreaterThanOrEqual(expected * 0.8)
      expect(delay).toBeLessThanOrEqual(expected * 1.2)
    }
    expect(backoff.attempts).toBe(4)
    backoff.succeeded()
    expect(backoff.attempts).toBe(0)
    expect(backoff.delay()).toBeLessThanOrEqual(120)
  })
})

test('as many as there are tasks may wait at a time, without a warning of Node', async () => {
  const warnings: Error[] = []
  const listen = (warning: Error) => void warnings.push(warning)
  process.on('warning', listen)
  onTestFinished(() => void process.off('warning', listen))
  const cluster = new Cluster(settingsOf({ brokers: ['a:1'] }))
  const waiting = Array.from({ length: 300 }, () =>
    cluster.retry('the test', () => Promise.reject<void>(new TryAgain('later', 10_000))),
  )
  await new Promise(resolve => setImmediate(resolve))
  cluster.giveUp()
  expect((await Promise.allSettled(waiting)).every(({ status }) => status === 'rejected')).toBe(true)
  expect(warnings).toEqual([])
})
