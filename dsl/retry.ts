import { SluiceError, valueText } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import { plain } from '../src/operators/callback.js'
import type { RetryPolicy } from '../src/operators/calls/retry-policy.js'
import type { Duration } from '../src/time.js'
import { durationAt } from './duration.js'
import { checkFunction, type Fluent } from './fluent.js'
import type { RetryNode } from './nodes.js'
import { callSite } from './place.js'
import { checkName } from './topic.js'

/** Milliseconds from a failed attempt to the next; `failures` counts from 1, `random` lies in [0, 1). */
export type Backoff = (failures: number, random: number) => number

interface ExponentialOptions {
  /** No wait is longer. Default one minute. */
  readonly max?: Duration
  /** At least 1. Default 2. */
  readonly factor?: number
  /** The share of a wait that chance takes away, 0 to 1. Default 0.5. */
  readonly jitter?: number
}

const knownExponential: KnownOptions<ExponentialOptions> = { max: true, factor: true, jitter: true }

/**
 * Waits that grow by a factor, up to a limit, each made shorter by chance so that what failed together does not come back
 * together ("full jitter": Brooker, Exponential Backoff And Jitter, 2015).
 *
 * @param first the longest wait behind the first failure
 * @throws SluiceError BAD_DURATION, BAD_ARGUMENT
 * @example
 * exponential('100ms', { max: '30s' })(3, 0)   // 400
 */
export function exponential(first: Duration, options: ExponentialOptions = {}): Backoff {
  const line = callSite()
  checkKnown('exponential()', options, knownExponential, line)
  const start = durationAt(first, 'exponential()', line)
  const { factor = 2, jitter = 0.5 } = options
  const max = durationAt(options.max ?? '1m', 'exponential({ max })', line)
  const areNumbers = typeof factor === 'number' && typeof jitter === 'number'
  if (!areNumbers || !(factor >= 1) || !(jitter >= 0 && jitter <= 1)) {
    throw new SluiceError(
      'BAD_ARGUMENT',
      `exponential({ factor: ${valueText(factor)}, jitter: ${valueText(jitter)} })`,
      {
        place: { line },
        hint: 'a factor is at least 1, a jitter from 0 to 1',
      },
    )
  }
  // A power may be infinite, and no wait times that is none.
  const grown = (failures: number): number => (start === 0 ? 0 : Math.min(max, start * factor ** (failures - 1)))
  return (failures, random) => Math.round(grown(failures) * (1 - jitter * random))
}

/** How often what fails is tried again, and what waits meanwhile. */
export interface RetryOptions {
  /** How often a record is tried in all, the first time included. */
  readonly attempts: number
  /** How long to wait behind a failed attempt: a duration, or `exponential(…)`. Default: `exponential('100ms')`. */
  readonly backoff?: Duration | Backoff
  /** Whether another attempt may help. Default: always. */
  readonly on?: (error: unknown) => boolean
  /** What may wait in a task before it takes in no more records. Default: 10,000 records, 16 MiB. */
  readonly buffer?: BufferOptions
  /** The name of the store in which records wait. Default: made of the stream's name. */
  readonly as?: string
}

/** What may wait in a task. */
export interface BufferOptions {
  /** At least 1. Default 10,000. */
  readonly records?: number
  /** Of keys and values as they are written, about; at least 1. Default 16 MiB. */
  readonly bytes?: number
}

const known: KnownOptions<Omit<RetryOptions, 'as'>> = { attempts: true, backoff: true, on: true, buffer: true }
const knownNamed: KnownOptions<RetryOptions> = { ...known, as: true }
const knownBuffer: KnownOptions<BufferOptions> = { records: true, bytes: true }

/** What a pipeline says of all its operators. */
export type PipelineRetry = Pick<RetryNode, 'policy' | 'limit' | 'line'>

/** Adds a policy for the operators above. @throws SluiceError BAD_ARGUMENT, BAD_DURATION */
export function addRetry(from: Fluent, options: RetryOptions, line: string | undefined): RetryNode {
  const parent = from['~node']
  const { key, value } = parent
  checkKnown('retry()', options, knownNamed, line)
  if (options?.as !== undefined) checkName(options.as, 'store', line)
  const how = howToRetry(options, line)
  return from['~graph'].add({
    kind: 'retry',
    type: 'retry',
    parents: [parent],
    key,
    value,
    store: { as: options.as },
    ...how,
  })
}

/** A policy for all operators of a pipeline. @throws SluiceError BAD_ARGUMENT, BAD_DURATION */
export function pipelineRetry(options: Omit<RetryOptions, 'as'>, line: string | undefined): PipelineRetry {
  if (options === undefined || options === null || !Object.hasOwn(options, 'as')) {
    checkKnown('retry()', options, known, line)
    return howToRetry(options, line)
  }
  throw new SluiceError('BAD_ARGUMENT', 'retry({ as }) of a pipeline', {
    place: { line },
    hint: 'leave it out: each source and each repartition has a store of its own for what waits behind it',
  })
}

function howToRetry(options: RetryOptions, line: string | undefined): PipelineRetry {
  return { policy: retryPolicy(options, line), limit: bufferLimit('retry', options.buffer, line), line }
}

const backoffs = "write how long to wait, such as '1s', or exponential('1s', { max: '1m' })"

function retryPolicy(options: RetryOptions, line: string | undefined): RetryPolicy {
  const { attempts, backoff = exponential('100ms'), on = () => true } = options ?? {}
  if (!Number.isSafeInteger(attempts) || attempts < 1) {
    throw new SluiceError('BAD_ARGUMENT', `retry({ attempts: ${String(attempts)} }) has no end`, {
      place: { line },
      hint: 'say how often a record is tried in all, then what becomes of it: .retry({ attempts: 5 }).deadLetter(topic)',
    })
  }
  checkFunction(on, 'retry({ on })', line)
  if (typeof backoff === 'function') return { attempts, on, backoff: checkedBackoff(backoff) }
  const wait = durationAt(backoff, 'retry({ backoff })', line, backoffs)
  return { attempts, on, backoff: () => wait }
}

/** A backoff that answers no number must not hold a record for ever. */
function checkedBackoff(backoff: Backoff): Backoff {
  return (failures, random) => {
    const wait = plain(backoff(failures, random))
    if (Number.isFinite(wait)) return wait
    throw new SluiceError('CALLBACK', `retry({ backoff }) answered ${String(wait)}`, {
      hint: 'answer milliseconds, a finite number',
    })
  }
}

/** @throws SluiceError BAD_ARGUMENT */
export function bufferLimit(
  type: string,
  buffer: BufferOptions = {},
  line: string | undefined,
): { readonly records: number; readonly bytes: number } {
  checkKnown(`${type}({ buffer })`, buffer, knownBuffer, line)
  const { records = 10_000, bytes = 16 << 20 } = buffer
  if ([records, bytes].every(each => typeof each === 'number' && each >= 1)) return { records, bytes }
  const given = `records: ${valueText(records)}, bytes: ${valueText(bytes)}`
  throw new SluiceError('BAD_ARGUMENT', `${type}({ buffer: { ${given} } })`, {
    place: { line },
    hint: 'both are numbers of at least 1',
  })
}
