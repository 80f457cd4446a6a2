import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { SluiceError } from '../../../src/errors.js'
import { kafka } from '../../../src/log/kafka/kafka.js'
import { settingsOf } from '../../../src/log/kafka/options.js'
import { describeKafka } from '../../kafka/shared.js'
import { expectCode } from '../helpers.js'

describe('the options of kafka()', () => {
  test('have defaults, and take durations as texts', () => {
    const settings = settingsOf({ brokers: ['a:1'], sessionTimeout: '6s', fetchMaxWait: '1.5s' })
    expect(settings).toMatchObject({ sessionTimeout: 6000, fetchMaxWait: 1500, maxBatchBytes: 1024 * 1024 })
    // At least three beats in a session.
    expect(settings.heartbeatInterval).toBe(2000)
    expect(settings.client).toMatchObject({ brokers: ['a:1'], clientId: 'sluice' })
  })

  test('of the wrong form are refused at once', async () => {
    await expectCode('BAD_ARGUMENT', () => kafka({ brokers: [] }))
    await expectCode('BAD_ARGUMENT', () => kafka({ brokers: undefined as never }))
    await expectCode('BAD_ARGUMENT', () => kafka(undefined as never))
    await expectCode('BAD_ARGUMENT', () => kafka(null as never))
    await expectCode('BAD_DURATION', () => kafka({ brokers: ['a:1'], sessionTimeout: 'soon' as never }))
    await expectCode('BAD_ARGUMENT', () => kafka({ brokers: ['a:1'], maxBatchBytes: 0 }))
    await expectCode('BAD_ARGUMENT', () => kafka({ brokers: ['a:1'], onError: 'log' as never }))
    await expectCode('BAD_ARGUMENT', () => kafka({ brokers: ['no port'] }).open())
  })

  test('a broker that is down at the start is named, within the time', async () => {
    const started = performance.now()
    const error = await expectCode('BROKER', () =>
      kafka({ brokers: ['127.0.0.1:1', '127.0.0.1:2'], startTimeout: '300ms', retry: { maxRetryTime: 50 } }).open(),
    )
    expect(performance.now() - started).toBeLessThan(5000)
    expect(error.message).toContain('127.0.0.1:1 (')
    expect(error.message).toContain('127.0.0.1:2 (')
    expect(error.message).toContain('ECONNREFUSED')
    expect(error.hint).toContain('advertised.listeners')
  })

  test.for([
    [
      'throws',
      () => {
        throw new Error('no pager')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no pager'))],
  ] as const)(
    'an onError that %s is a warning: what it is told of is tried again all the same',
    async ([, onError]) => {
      const warning = once(process, 'warning')
      settingsOf({ brokers: ['a:1'], onError }).onError(new SluiceError('BROKER', 'down'))
      expect(String(await warning)).toContain('kafka({ onError }) failed: no pager')
    },
  )
})

describeKafka('a broker whose advertised.listeners lead nowhere', shared => {
  test('is told at once, and ends the start within its time', async () => {
    const advertised = shared.brokers[0]!
    const [host, port] = advertised.split(':') as [string, string]
    const onError = vi.fn<(error: SluiceError) => void>()
    const error = await expectCode('BROKER', () =>
      kafka({
        brokers: [`first:${port}`],
        socketFactory: ({ host: asked, onConnect }) =>
          connect({ host, port: asked === 'first' ? Number(port) : 1 }, onConnect),
        startTimeout: '500ms',
        retry: { maxRetryTime: 100 },
        onError,
      }).open(),
    )
    const why = `it did, but nobody where its advertised.listeners sent us (${advertised}): `
    expect(error.what).toContain(`no broker answered within 0.5 s: first:${port} (${why}`)
    expect(error.what).toContain('ECONNREFUSED')
    expect(onError.mock.calls[0]![0].what).toContain(why)
  })
})
