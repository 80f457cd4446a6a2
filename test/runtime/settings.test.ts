import { describe, expect, it } from 'vitest'
import type { Log } from '../../src/log/log.js'
import { refuseLateCommits, settings } from '../../src/runtime/settings.js'

const log = { kind: 'memory', open: () => Promise.reject(new Error('not opened here')) } as const
const bad = (options: object) => () => settings({ log, ...options })

describe('start options', () => {
  it('have defaults', () => {
    expect(settings({ log })).toMatchObject({ guarantee: 'exactly-once', commitInterval: 100, standbys: 0 })
  })

  it('take durations as texts', () => {
    expect(settings({ log, commitInterval: '2s' }).commitInterval).toBe(2000)
  })

  it('refuse what they do not know, and say what they take', () => {
    expect(bad({ comitInterval: 5 })).toThrow(/no option "comitInterval"[^]*commitInterval/)
    expect(bad({ guarantee: 'exactly_once' })).toThrow(/'exactly-once'/)
    expect(bad({ commitInterval: 'soon' })).toThrow(/BAD_DURATION/)
    expect(bad({ cacheBytes: -1 })).toThrow(/cacheBytes/)
    expect(bad({ standbys: 0.5 })).toThrow(/standbys is a whole number/)
    expect(bad({ standbys: -1 })).toThrow(/standbys is a whole number/)
    expect(bad({ stateDir: '' })).toThrow(/stateDir is the path/)
    expect(bad({ signal: new AbortController() })).toThrow(/signal is an AbortSignal/)
    expect(bad({ onError: 'log' })).toThrow(/onError is a function, not "log"\n.*give a function/)
    expect(bad({ log: undefined })).toThrow(/embedded\('\.\/data'\)/)
  })

  it('refuse commits that are later than the log aborts a transaction', () => {
    const kafka = { transactionTimeout: 2_000 } as Log
    const held = (options: object) => () => refuseLateCommits(kafka, settings({ log, ...options }))
    expect(held({ commitInterval: '2s' })).toThrow(
      /BAD_ARGUMENT.*2000 ms is not below the transactionTimeout of 2000 ms/,
    )
    expect(held({ commitInterval: '2s', guarantee: 'at-least-once' })).not.toThrow()
    expect(held({ commitInterval: '1999ms' })).not.toThrow()
    expect(() => refuseLateCommits({} as Log, settings({ log, commitInterval: '1d' }))).not.toThrow()
  })
})
