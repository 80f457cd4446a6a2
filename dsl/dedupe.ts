import { SluiceError } from '../src/errors.js'
import { checkKnown, flag, type KnownOptions } from '../src/known-options.js'
import { dedupe, dedupeKey, dedupeRetention, type DedupeId } from '../src/operators/dedupe.js'
import type { Duration } from '../src/time.js'
import { durationAt } from './duration.js'
import { checkFunction, checkKeyed, type Fluent } from './fluent.js'
import type { DedupeNode } from './nodes.js'
import { choose, places } from './serdes.js'
import { checkName } from './topic.js'
import type { Callback, SerdeFor } from './types.js'

/** Which records are equal, for how long they are remembered, and where. */
export interface DedupeOptions<K, V> {
  /** What tells records of one key apart: a text, a number, a bigint or a boolean. Default: records of a key are all equal. */
  readonly by?: Callback<K, V, DedupeId>
  /** A record is left out where an equal one has passed that is no further away in time, before or after. */
  readonly within: Duration
  /** How far behind the latest record one may come; a later one is dropped and counted. Default: as `within`. */
  readonly grace?: Duration
  /** The name of the store. Default: made of the stream's name. */
  readonly as?: string
  /** How keys are written in the store. Default: as before. */
  readonly key?: SerdeFor<NonNullable<K>>
  /** `false`: what has passed is not kept in a topic, and is lost with the disk. Default `true`. */
  readonly changelog?: boolean
  /** Where the store lies. Default `'disk'`. */
  readonly in?: 'disk' | 'memory'
}

const known: KnownOptions<DedupeOptions<any, any>> = {
  by: true,
  within: true,
  grace: true,
  as: true,
  key: true,
  changelog: flag,
  in: places,
}

const same = () => ''

/** Adds a dedupe. @throws SluiceError BAD_ARGUMENT, BAD_DURATION, BAD_TOPOLOGY */
export function addDedupe(from: Fluent, options: DedupeOptions<any, any>, line: string | undefined): DedupeNode {
  const parent = from['~node']
  checkKnown('dedupe()', options, known, line)
  const { by = same, as, changelog = true, in: where = 'disk' } = options ?? ({} as Partial<DedupeOptions<any, any>>)
  checkFunction(by, 'dedupe({ by })', line)
  if (as !== undefined) checkName(as, 'store', line)
  if (options?.within === undefined) {
    throw new SluiceError('BAD_ARGUMENT', 'dedupe() needs to know how long it has to remember', {
      place: { line },
      hint: "write how far apart in time equal records may be: dedupe({ by: event => event.id, within: '1h' })",
    })
  }
  checkKeyed(parent, 'dedupe()', line)
  const within = durationAt(options.within, 'dedupe({ within })', line)
  const grace = durationAt(options.grace ?? within, 'dedupe({ grace })', line)
  return from['~graph'].add({
    kind: 'dedupe',
    type: 'dedupe',
    parents: [parent],
    line,
    key: parent.key,
    value: parent.value,
    store: {
      as,
      key: choose(options.key, 'dedupe({ key })', parent.key),
      changelog,
      in: where,
      span: 2 * within,
      retention: dedupeRetention({ within, grace }),
      keySerde: dedupeKey,
    },
    operator: store => dedupe({ store, by, within, grace }),
  })
}
