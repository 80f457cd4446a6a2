import { afterEach, describe, expect, it, vi } from 'vitest'
import { milliseconds, steadyTime, systemClock, type Duration } from '../src/time.js'

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

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, '999999999999d', '10', '10 s', '-5s', '', 's', null])(
    'refuses %s',
    bad => {
      expect(() => milliseconds(bad as Duration, 'gap')).toThrow(/BAD_DURATION: gap/)
    },
  )

  it('names numbers that JSON does not know', () => {
    expect(() => milliseconds(Number.NaN)).toThrow('duration NaN is not')
    expect(() => milliseconds(Number.POSITIVE_INFINITY)).toThrow('duration Infinity is not')
  })
})

describe('the clock of the system', () => {
  afterEach(() => vi.useRealTimers())

  it('waits for longer than a timer of Node can', () => {
    vi.useFakeTimers()
    const call = vi.fn<() => void>()
    const days = milliseconds('60d')
    systemClock.after(days, call)
    vi.advanceTimersByTime(days - 1)
    expect(call).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(call).toHaveBeenCalledOnce()
  })

  it('waits no longer where the machine slept meanwhile, nor where the time was set back', () => {
    vi.useFakeTimers()
    const hour = milliseconds('1h')
    const slept = vi.fn<() => void>()
    systemClock.after(8 * hour, slept)
    vi.setSystemTime(Date.now() + 9 * hour)
    vi.advanceTimersByTime(60_000)
    expect(slept).toHaveBeenCalledOnce()
    const setBack = vi.fn<() => void>()
    systemClock.after(8 * hour, setBack)
    vi.setSystemTime(Date.now() - 9 * hour)
    vi.advanceTimersByTime(8 * hour)
    expect(setBack).toHaveBeenCalledOnce()
  })

  it('measures durations by a time that is never set back, and goes ahead with the time of day', () => {
    vi.useFakeTimers()
    const hour = milliseconds('1h')
    const before = steadyTime(systemClock)
    expect(before).toBeCloseTo(Date.now(), -1)
    vi.setSystemTime(Date.now() - hour)
    vi.advanceTimersByTime(1_000)
    expect(steadyTime(systemClock) - before).toBeCloseTo(1_000, 0)
    vi.setSystemTime(Date.now() + 9 * hour)
    expect(steadyTime(systemClock)).toBeCloseTo(before + 8 * hour + 1_000, -1)
  })

  it('cancels what waits so long', () => {
    vi.useFakeTimers()
    const call = vi.fn<() => void>()
    const days = milliseconds('60d')
    const cancel = systemClock.after(days, call)
    vi.advanceTimersByTime(days - 1)
    cancel()
    vi.advanceTimersByTime(days)
    expect(call).not.toHaveBeenCalled()
  })
})
