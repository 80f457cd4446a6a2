import { SluiceError } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import type { SessionWindows, SlidingWindows, TimeWindows } from '../src/operators/windows/definitions.js'
import type { Duration } from '../src/time.js'
import { durationAt } from './duration.js'
import { callSite } from './place.js'

/** For how long windows take late records. */
export interface GraceOptions {
  /**
   * For how long behind its end a window takes late records, in stream time. Default 0, as Kafka Streams'
   * `ofSizeWithNoGrace`: what comes out of order behind the end of its window is left out and counted.
   */
  readonly grace?: Duration
}

interface UnlimitedOptions extends GraceOptions {
  /** Milliseconds since the epoch, or a Date. Default 0. */
  readonly start?: number | Date
}

const known: KnownOptions<GraceOptions> = { grace: true }
const knownUnlimited: KnownOptions<UnlimitedOptions> = { ...known, start: true }

/**
 * Windows of one size, one after the other: `[0, size)`, `[size, 2 · size)`, … Kafka Streams' `TimeWindows`.
 *
 * @throws SluiceError BAD_ARGUMENT, BAD_DURATION
 * @example
 * clicks.groupByKey().windowedBy(tumbling('1m', { grace: '10s' })).count()
 */
export function tumbling(size: Duration, options: GraceOptions = {}): TimeWindows {
  const line = callSite()
  const ms = span('tumbling()', 'size', size, line)
  return Object.freeze({ kind: 'time', size: ms, step: ms, from: 0, grace: graceOf('tumbling()', options, line) })
}

/**
 * Windows of one size that begin every `step`, so that they overlap: `hopping('5m', '1m')` takes each record into five.
 *
 * @throws SluiceError BAD_ARGUMENT for a step above the size, which would leave records out; BAD_DURATION
 * @example
 * clicks.groupByKey().windowedBy(hopping('5m', '1m')).count()
 */
export function hopping(size: Duration, step: Duration, options: GraceOptions = {}): TimeWindows {
  const line = callSite()
  const ms = span('hopping()', 'size', size, line)
  const stepMs = span('hopping()', 'step', step, line)
  if (stepMs > ms) {
    throw new SluiceError('BAD_ARGUMENT', `hopping(): a step of ${stepMs} ms over windows of ${ms} ms leaves gaps`, {
      place: { line },
      hint: 'the step is at most the size; to leave records out, filter them',
    })
  }
  return Object.freeze({ kind: 'time', size: ms, step: stepMs, from: 0, grace: graceOf('hopping()', options, line) })
}

/**
 * Windows that lie over the records: what is at most `difference` apart shares one. Start and end are both in the window.
 * Kafka Streams' `SlidingWindows` (KIP-450).
 *
 * @throws SluiceError BAD_DURATION
 * @example
 * clicks.groupByKey().windowedBy(sliding('10s', { grace: '5s' })).count()
 */
export function sliding(difference: Duration, options: GraceOptions = {}): SlidingWindows {
  const line = callSite()
  const ms = durationAt(difference, 'sliding(): difference', line)
  return Object.freeze({ kind: 'sliding', difference: ms, grace: graceOf('sliding()', options, line) })
}

/**
 * Sessions: records of a key with at most `gap` between one and the next. Start and end are those of the first and the last
 * record. A session is open for `gap` and `grace` behind its end. Kafka Streams' `SessionWindows`.
 *
 * @throws SluiceError BAD_ARGUMENT, BAD_DURATION
 * @example
 * clicks.groupByKey().windowedBy(session('30m')).count()
 */
export function session(gap: Duration, options: GraceOptions = {}): SessionWindows {
  const line = callSite()
  return Object.freeze({
    kind: 'session',
    gap: span('session()', 'gap', gap, line),
    grace: graceOf('session()', options, line),
  })
}

/**
 * One window that never ends, from `start` on (milliseconds since the epoch or a Date; default 0); what is older is left
 * out. It is never closed, so its `grace` (checked as that of the others) is one behind an end that never comes. Kafka
 * Streams' `UnlimitedWindows`.
 *
 * @throws SluiceError BAD_ARGUMENT, BAD_DURATION
 * @example
 * clicks.groupByKey().windowedBy(unlimited({ start: new Date('2026-01-01') })).count()
 */
export function unlimited(options: UnlimitedOptions = {}): TimeWindows {
  const line = callSite()
  const grace = graceOf('unlimited()', options, line, knownUnlimited)
  const from = Number(options.start ?? 0)
  if (Number.isSafeInteger(from) && from >= 0) {
    const size = Number.POSITIVE_INFINITY
    return Object.freeze({ kind: 'time', size, step: size, from, grace })
  }
  throw new SluiceError('BAD_ARGUMENT', `unlimited({ start: ${String(options.start)} })`, {
    place: { line },
    hint: 'give a Date, or a whole number of milliseconds since 1970, not below 0',
  })
}

/** Milliseconds above 0. */
function span(by: string, what: string, given: Duration, line: string | undefined): number {
  const ms = durationAt(given, `${by}: ${what}`, line)
  if (ms > 0) return ms
  throw new SluiceError('BAD_ARGUMENT', `${by}: a ${what} of 0`, {
    place: { line },
    hint: "give at least a millisecond, such as '1m'",
  })
}

function graceOf(by: string, options: GraceOptions, line: string | undefined, names = known): number {
  checkKnown(by, options, names, line)
  return durationAt(options.grace ?? 0, `${by}: grace`, line)
}
