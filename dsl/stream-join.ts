import { SluiceError } from '../src/errors.js'
import { checkKnown, flag, type KnownOptions } from '../src/known-options.js'
import { streamJoin, type JoinWindow } from '../src/operators/stream-join.js'
import type { Duration } from '../src/time.js'
import { durationAt } from './duration.js'
import { checkFunction, checkKeyed, type Fluent } from './fluent.js'
import { joinKinds } from './node-kinds.js'
import type { StreamJoinNode } from './nodes.js'
import { choose, common, newValue, places } from './serdes.js'
import { checkName } from './topic.js'
import type { SerdeFor } from './types.js'

/** Which records of two streams meet, and for how long they wait for each other. */
export type StreamJoinOptions<K, V, O> = JoinTimes & {
  /** How long a window stays open for late records after stream time has passed its end. Default 0. */
  readonly grace?: Duration
  /** The name of the join: that of its buffers and their topics. Default: made of the streams' names. */
  readonly as?: string
  /** How keys are written in the buffers. Default: as before. */
  readonly key?: SerdeFor<K>
  /** How this stream's values are written in its buffer. Default: as before, or the pipeline's default. */
  readonly thisValue?: SerdeFor<V>
  /** How the other stream's values are written. */
  readonly otherValue?: SerdeFor<O>
  /** `false`: the buffers are not kept in a topic, and are lost with the disk. Default `true`. */
  readonly changelog?: boolean
  /** Where the buffers lie. Default `'disk'`. */
  readonly in?: 'disk' | 'memory'
}

/**
 * `within`: at most that far apart, whichever came first. Otherwise the other record's time lies between `before` this
 * record's and `after` it; what is left out is 0, and numbers may be negative (`{ before: -5, after: 10 }`: 5 to 10 ms later).
 */
export type JoinTimes =
  | { readonly within: Duration; readonly before?: never; readonly after?: never }
  | { readonly within?: never; readonly before: Duration; readonly after?: Duration }
  | { readonly within?: never; readonly before?: Duration; readonly after: Duration }

type AnyOptions = StreamJoinOptions<any, any, any>

const known: KnownOptions<AnyOptions> = {
  within: true,
  before: true,
  after: true,
  grace: true,
  as: true,
  key: true,
  thisValue: true,
  otherValue: true,
  changelog: flag,
  in: places,
}

/** Adds the join of two streams in time. @throws SluiceError BAD_ARGUMENT, BAD_DURATION, BAD_TOPOLOGY */
export function addStreamJoin(
  stream: Fluent,
  type: StreamJoinNode['type'],
  other: Fluent,
  joiner: (left: any, right: any, key: any) => unknown,
  options: AnyOptions,
  line: string | undefined,
): StreamJoinNode {
  const graph = stream['~graph']
  checkFunction(joiner, `${type}()`, line)
  checkKnown(`${type}() of two streams`, options, known, line)
  const window = joinWindow(type, options, line)
  if (options.as !== undefined) checkName(options.as, type, line)
  const parents = [stream['~node'], other['~node']] as const
  for (const parent of parents) checkKeyed(parent, `${type}()`, line)
  const keys = common(
    parents.map(({ key }) => key),
    'keys',
    `${type}()`,
  )
  const kind = joinKinds[type]
  return graph.add({
    kind: 'stream-join',
    type,
    parents,
    line,
    key: choose(options.key, `${type}({ key })`, keys),
    value: newValue(type, line, graph.defaultValue),
    as: options.as,
    window,
    buffers: {
      left: choose(options.thisValue, `${type}({ thisValue })`, parents[0].value),
      right: choose(options.otherValue, `${type}({ otherValue })`, parents[1].value),
      changelog: options.changelog ?? true,
      in: options.in ?? 'disk',
    },
    side: (side, stores) => streamJoin({ side, kind, joiner, window, stores }),
  })
}

function joinWindow(type: string, options: AnyOptions | undefined, line: string | undefined): JoinWindow {
  const { within, before, after, grace = 0 } = options ?? ({} as Partial<AnyOptions>)
  if ((within === undefined) === (before === undefined && after === undefined)) {
    throw new SluiceError('BAD_ARGUMENT', `${type}() of two streams needs to know which records meet`, {
      place: { line },
      hint: `write { within: '5m' }, or { before: '1m', after: '5m' }: how far the other record's time may be from this one's`,
    })
  }
  const both = durationAt(within ?? 0, `${type}({ within })`, line)
  const window = {
    before: within === undefined ? offset(before ?? 0, `${type}({ before })`, line) : both,
    after: within === undefined ? offset(after ?? 0, `${type}({ after })`, line) : both,
    grace: durationAt(grace, `${type}({ grace })`, line),
  }
  if (window.before + window.after >= 0) return window
  throw new SluiceError('BAD_ARGUMENT', `${type}(): from ${-window.before} to ${window.after} ms there is no time`, {
    place: { line },
    hint: 'before and after together must not be negative',
  })
}

/** A duration, or a negative number: to the other side. */
function offset(duration: Duration, what: string, line: string | undefined): number {
  if (typeof duration === 'number' && duration < 0) return -durationAt(-duration, what, line)
  return durationAt(duration, what, line)
}
