import { SluiceError, valueText } from './errors.js'

/** Milliseconds, or a text such as `'10s'`, `'5m'`, `'1.5h'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const forms = "write milliseconds (a number from 0 to 2^53 - 1) or a text such as '500ms', '10s', '5m', '1h', '2d'"

/**
 * The milliseconds of a duration: 300,000 of `'5m'`.
 *
 * @throws SluiceError BAD_DURATION for anything else than a number from 0 to 2^53 - 1 or a text of that form
 */
export function milliseconds(duration: Duration, what: string = 'duration', hint: string = forms): number {
  const match = typeof duration === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) : null
  const ms = match === null ? duration : Number(match[1]) * units[match[2]!]!
  if (typeof ms !== 'number' || !(ms >= 0 && ms <= Number.MAX_SAFE_INTEGER)) {
    throw new SluiceError('BAD_DURATION', `${what} ${valueText(duration)} is not a duration`, { hint })
  }
  return Math.round(ms)
}

/**
 * A time that a pipeline's function gave, less its fraction of a millisecond: seconds times 1,000 are seldom whole.
 * `undefined` for what is no time from 1970 to 2^53 - 1.
 */
export function wholeTime(time: unknown): number | undefined {
  return typeof time === 'number' && time >= 0 && time <= Number.MAX_SAFE_INTEGER ? Math.floor(time) : undefined
}

/** What such a function has to give. */
export const timeForm = 'milliseconds since 1970, a number from 0 to 2^53 - 1'

/** The one source of time; tests and the simulator replace it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /**
   * What durations are measured by: as `now()`, but where the time of day is set back it goes on as before. Where left out
   * it is `now()`.
   */
  steady?(): number
  /** Calls once after `ms`; the answer cancels. */
  after(ms: number, call: () => void): () => void
}

/** The time by which a duration is measured, in milliseconds. */
export function steadyTime(clock: Clock): number {
  return clock.steady === undefined ? clock.now() : clock.steady()
}

/** Calls as soon as what runs now is done: a microtask, that the fake timers of a test do not hold up. */
export function soon(call: () => void): void {
  void Promise.resolve().then(call)
}

/** How far the time of day was ahead of the time that this process has run for, at most: a machine that slept is in it. */
let ahead = Number.NEGATIVE_INFINITY

/** So long a timer of Node is waited for at a time, in milliseconds. */
const longestTimer = 60_000

/**
 * The time of the system. A long wait is looked at every minute: Node's timers know no more than 24 days, and stand still
 * while the machine sleeps, though the time of day goes on.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  steady() {
    const passed = performance.now()
    ahead = Math.max(ahead, Date.now() - passed)
    return passed + ahead
  },
  after(ms, call) {
    const end = Date.now() + ms
    let timer: NodeJS.Timeout
    const wait = (left: number): void => {
      const step = Math.min(left, longestTimer)
      // Of a time of day that was set back no wait gets longer.
      const over = (): void =>
        left > step && end > Date.now() ? wait(Math.min(left - step, end - Date.now())) : call()
      timer = setTimeout(over, step)
    }
    wait(ms)
    return () => clearTimeout(timer)
  },
}
