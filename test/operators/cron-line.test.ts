import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cronLine } from '../../src/operators/timers/cron-line.js'

const at = (text: string) => Date.parse(text)
const text = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString())

/** The first times after another one. */
function following(line: string, zone: string, after: string, count: number): (string | undefined)[] {
  const cron = cronLine(line, zone)
  const times: (string | undefined)[] = []
  for (let time: number | undefined = at(after); times.length < count && time !== undefined;) {
    time = cron.next(time)
    times.push(text(time)?.slice(0, 16))
  }
  return times
}

describe('a cron line', () => {
  it('names times by the clock of its zone', () => {
    expect(following('*/20 9 * * MON-FRI', 'Europe/Berlin', '2026-11-20T08:30:00Z', 4)).toEqual([
      '2026-11-20T08:40',
      '2026-11-23T08:00',
      '2026-11-23T08:20',
      '2026-11-23T08:40',
    ])
    expect(following('0 9 * * *', 'UTC', '2026-11-20T08:30:00Z', 1)).toEqual(['2026-11-20T09:00'])
  })

  it('takes a time that the change to summer leaves out right after it, and goes on', () => {
    expect(following('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ])
  })

  it.each(['0,30 2 * * *', '*/30 2 * * *'])('leaves out the times of %j that the spring leaves out', line => {
    expect(following(line, 'Europe/Berlin', '2026-03-28T00:45:00Z', 3)).toEqual([
      '2026-03-28T01:00',
      '2026-03-28T01:30',
      '2026-03-30T00:00',
    ])
  })

  it('takes a time that comes twice once, and every step of the hour that comes twice', () => {
    expect(following('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
    expect(following('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:45:00Z', 5)).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
      '2026-10-25T02:00',
    ])
  })

  it('is over with its last year', () => {
    const cron = cronLine('0 0 0 1 1 * 2030', 'UTC')
    expect(text(cron.next(at('2026-01-01T00:00:00Z')))).toBe('2030-01-01T00:00:00.000Z')
    expect(cron.next(at('2030-01-01T00:00:00Z'))).toBeUndefined()
  })

  it('knows the latest time up to another one', { timeout: 60_000 }, () => {
    const lines = ['* * * * * *', '*/7 * * * *', '30 2 * * *', '0 */5 * * *', '15 10 1 * *']
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata']
    const near = fc.constantFrom(at('2026-03-29T01:00:00Z'), at('2026-10-25T01:00:00Z'), at('2026-11-01T06:00:00Z'))
    const property = fc.property(
      fc.constantFrom(...lines),
      fc.constantFrom(...zones),
      near,
      fc.integer({ min: -50_000_000, max: 50_000_000 }),
      (line, zone, base, by) => {
        const cron = cronLine(line, zone)
        const upTo = base + by
        const latest = cron.latest(upTo)!
        expect(latest).toBeLessThanOrEqual(upTo)
        const after = cron.next(latest)!
        expect([text(latest), text(upTo), after > upTo]).toEqual([text(latest), text(upTo), true])
        expect(cron.next(latest - 1)).toBe(latest)
        expect(cron.latest(latest)).toBe(latest)
      },
    )
    fc.assert(property, { numRuns: 200 })
  })

  it.each([
    ['every day', /"every day" does not parse/],
    ['61 * * * *', /does not parse.*61/],
    ['* * * *', /does not parse/],
    ['', /does not parse/],
    ['0 0 30 2 *', /a time that never comes/],
  ])('refuses %j', (line, message) => {
    expect(() => cronLine(line, 'UTC')).toThrow(message)
    expect(() => cronLine(line, 'UTC')).toThrow(/BAD_ARGUMENT/)
  })

  it('refuses a zone that is none', () => {
    expect(() => cronLine('* * * * *', 'Mars/Olympus')).toThrow(/BAD_ARGUMENT.*Mars\/Olympus/)
  })
})
