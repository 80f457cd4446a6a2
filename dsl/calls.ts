import { SluiceError } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import type { CallOptions, CallOrder } from '../src/operators/calls/calls.js'
import { effect, type EffectCall } from '../src/operators/calls/effect.js'
import { mapAsync, type CallRecord } from '../src/operators/calls/map-async.js'
import { once } from '../src/operators/calls/retry-policy.js'
import type { Duration } from '../src/time.js'
import { durationAt } from './duration.js'
import { checkFunction, type Fluent } from './fluent.js'
import type { CallNode } from './nodes.js'
import { bufferLimit, type BufferOptions } from './retry.js'
import { choose, newValue } from './serdes.js'
import { checkName } from './topic.js'
import type { SerdeFor } from './types.js'

/** How calls are made, and how what waits for them is written. */
export interface EffectCallOptions<K, V> {
  /** How many calls run at a time, in each task. Default 16. */
  readonly concurrency?: number
  /** How long one call may take; then it is called off and has failed. Default `'30s'`. */
  readonly timeout?: Duration
  /** What may wait in a task before it takes in no more records. Default: 10,000 records, 16 MiB. */
  readonly buffer?: BufferOptions
  /** How keys are written while they wait. Default: as before. */
  readonly key?: SerdeFor<NonNullable<K>>
  /** How values are written while they wait. Default: as before, or the pipeline's default. */
  readonly value?: SerdeFor<NonNullable<V>>
}

/** The same, and in which order what the calls answer goes on. */
export interface MapAsyncOptions<K, V> extends EffectCallOptions<K, V> {
  /**
   * In which order results go on. `'key'`, the default: of one key in the order of the records, its calls one after the
   * other. `'partition'`: all in the order of the records. `'none'`: as they come, with calls of one key side by side.
   */
  readonly order?: CallOrder
  /**
   * Makes a second call beside one that takes longer than a duration, or than a share of the latest calls (`'p95'`); the
   * first to succeed counts, the other's signal is aborted.
   */
  readonly hedge?: HedgeOptions
  /** The name of the store in which records wait. Default: made of the stream's name. */
  readonly as?: string
}

interface HedgeOptions {
  readonly after: Duration | `p${number}`
}

const known: KnownOptions<EffectCallOptions<any, any>> = {
  concurrency: true,
  timeout: true,
  buffer: true,
  key: true,
  value: true,
}
const knownMapAsync: KnownOptions<MapAsyncOptions<any, any>> = {
  ...known,
  order: ['key', 'partition', 'none'],
  hedge: true,
  as: true,
}
const knownHedge: KnownOptions<HedgeOptions> = { after: true }

/** Adds calls whose results go on. @throws SluiceError BAD_ARGUMENT, BAD_DURATION */
export function addMapAsync(
  from: Fluent,
  fn: (value: any, key: any, record: CallRecord<any, any>) => unknown,
  options: MapAsyncOptions<any, any>,
  race: number,
  line: string | undefined,
): CallNode {
  checkFunction(fn, 'mapAsync()', line)
  checkKnown('mapAsync()', options, knownMapAsync, line)
  const { order = 'key', hedge, as } = options
  checkKnown('mapAsync({ hedge })', hedge, knownHedge, line)
  if (as !== undefined) checkName(as, 'store', line)
  const limits = callLimits('mapAsync', options, race, line)
  if (hedge !== undefined && limits.concurrency <= race) {
    const hint = 'a second call beside the first needs a slot of its own: more calls at a time, or no hedge'
    throw wrong(`hedge, with concurrency: ${limits.concurrency}`, hint, line)
  }
  const calls = { ...limits, order, race, hedge: hedge === undefined ? undefined : hedgeOf(hedge.after, line) }
  return addCall(from, 'mapAsync', as, options, line, ({ retry = once, ...where }) =>
    mapAsync(fn, { ...calls, ...where, retry }),
  )
}

/** Adds calls that do something outside. @throws SluiceError BAD_ARGUMENT, BAD_DURATION */
export function addEffect(
  from: Fluent,
  name: string,
  fn: (value: any, call: EffectCall<any>) => unknown,
  options: EffectCallOptions<any, any>,
  line: string | undefined,
): CallNode {
  checkName(name, 'effect', line)
  checkFunction(fn, 'effect()', line)
  checkKnown('effect()', options, known, line)
  const limits = callLimits('effect', options, 1, line)
  return addCall(from, 'effect', name, options, line, ({ retry = once, ...where }) =>
    effect(fn, { ...limits, order: 'key', race: 1, hedge: undefined, ...where, retry }),
  )
}

function addCall(
  from: Fluent,
  type: CallNode['type'],
  as: string | undefined,
  options: EffectCallOptions<any, any>,
  line: string | undefined,
  operator: CallNode['operator'],
): CallNode {
  const parent = from['~node']
  return from['~graph'].add({
    kind: 'call',
    type,
    parents: [parent],
    line,
    key: parent.key,
    value: newValue(type, line, from['~graph'].defaultValue),
    store: {
      as,
      key: choose(options.key, `${type}({ key })`, parent.key),
      value: choose(options.value, `${type}({ value })`, parent.value),
    },
    operator,
  })
}

function callLimits(
  type: string,
  { concurrency = 16, timeout = '30s', buffer }: EffectCallOptions<any, any>,
  race: number,
  line: string | undefined,
): Pick<CallOptions, 'concurrency' | 'timeout' | 'limit'> {
  if (!Number.isSafeInteger(concurrency) || concurrency < race) {
    const hint = race === 1 ? 'a whole number, at least 1' : `a race of ${race} needs at least ${race} calls at a time`
    throw wrong(`concurrency: ${String(concurrency)}`, hint, line)
  }
  const ms = durationAt(timeout, `${type}({ timeout })`, line)
  if (ms === 0) throw wrong('timeout: 0', 'no call answers at once; leave it out for 30 seconds', line)
  return { concurrency, timeout: ms, limit: bufferLimit(type, buffer, line) }
}

const afters = "write a share of the calls such as 'p95', or a duration such as '200ms'"

function hedgeOf(after: Duration | `p${number}`, line: string | undefined): CallOptions['hedge'] {
  const match = typeof after === 'string' ? /^p(\d+(?:\.\d+)?)$/.exec(after) : null
  if (match === null) return { ms: durationAt(after as Duration, 'mapAsync({ hedge })', line, afters) }
  const share = Number(match[1]) / 100
  if (share > 0 && share < 1) return { quantile: share }
  throw wrong(`hedge: { after: '${after}' }`, afters, line)
}

function wrong(what: string, hint: string, line: string | undefined): SluiceError {
  return new SluiceError('BAD_ARGUMENT', `{ ${what} }`, { place: { line }, hint })
}
