import { describe, expect, it } from 'vitest'
import { milliseconds, type Duration } from '../src/time.js'

describe('milliseconds', () => {
  it.each([
    [0, 0],
    [1500, 1500],
    ['250ms', 250],
    ['10s', 10_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
  ] as const)('%s is %d', (duration, ms) => {
    expect(milliseconds(duration)).toBe(ms)
  })

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '10', '10 s', '-5s', '', 's', null])('refuses %s', bad => {
    expect(() => milliseconds(bad as Duration, 'gap')).toThrow(/BAD_DURATION: gap/)
  })
})
