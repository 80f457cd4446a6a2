import { checkKnown, type KnownOptions } from '../src/known-options.js'
import { deliverLater, type Due } from '../src/operators/timers/deliver-later.js'
import type { Duration } from '../src/time.js'
import { durationAt } from './duration.js'
import { checkFunction, type Fluent } from './fluent.js'
import type { DelayNode } from './nodes.js'
import { choose } from './serdes.js'
import { checkName } from './topic.js'
import type { SerdeFor } from './types.js'

/** With which time records go on that were held back, and how they are written while they wait. */
export interface DelayOptions<K, V> {
  /** The name of the store in which records wait. Default: made of the stream's name. */
  readonly as?: string
  /** How keys are written in the store. Default: as before. */
  readonly key?: SerdeFor<NonNullable<K>>
  /** How values are written in the store. Default: as before, or the pipeline's default. */
  readonly value?: SerdeFor<NonNullable<V>>
  /**
   * The timestamp with which a record goes on. `'due'`, the default: the time for which it was meant, as what a timer of
   * Kafka Streams or Flink forwards has the time of the timer; so it is never late behind those that went on before it.
   * `'record'`: its own, so that a window downstream counts it where it happened, unless it comes after the grace.
   */
  readonly timestamp?: 'due' | 'record'
}

const known: KnownOptions<DelayOptions<any, any>> = { as: true, key: true, value: true, timestamp: ['due', 'record'] }

/** Adds an operator that holds records back for a time. @throws SluiceError BAD_DURATION, BAD_ARGUMENT */
export function addDelay(
  from: Fluent,
  duration: Duration,
  options: DelayOptions<any, any> | undefined,
  line: string | undefined,
): DelayNode {
  return addTimer(from, 'delay', durationAt(duration, 'delay()', line), options, line)
}

/** Adds an operator that holds each record back until its own time. @throws SluiceError BAD_ARGUMENT */
export function addDeliverAt(
  from: Fluent,
  due: Due<any, any>,
  options: DelayOptions<any, any> | undefined,
  line: string | undefined,
): DelayNode {
  checkFunction(due, 'deliverAt()', line)
  return addTimer(from, 'deliverAt', due, options, line)
}

function addTimer(
  from: Fluent,
  type: 'delay' | 'deliverAt',
  due: Due<any, any>,
  options: DelayOptions<any, any> = {},
  line: string | undefined,
): DelayNode {
  const parent = from['~node']
  checkKnown(`${type}()`, options, known, line)
  const { as, timestamp = 'due' } = options
  if (as !== undefined) checkName(as, 'store', line)
  return from['~graph'].add({
    kind: 'delay',
    type,
    parents: [parent],
    line,
    key: parent.key,
    value: parent.value,
    store: {
      as,
      key: choose(options.key, `${type}({ key })`, parent.key),
      value: choose(options.value, `${type}({ value })`, parent.value),
    },
    operator: store => deliverLater({ store, due, timestamp }),
  })
}
