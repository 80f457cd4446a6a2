import { SluiceError } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import { cronLine } from '../src/operators/timers/cron-line.js'
import { every, tickKey, tickValue, type CatchUp } from '../src/operators/timers/every.js'
import type { Graph } from './graph.js'
import type { EveryNode } from './nodes.js'
import { checkName } from './topic.js'

/** Which clock a cron line goes by, and what becomes of firings that were missed. */
export interface EveryOptions {
  /** The name of the line: of its state, of its internal topic, and the key of its ticks. Default `'every'`. */
  readonly as?: string
  /** The zone whose clock counts, by its IANA name, such as `'Europe/Berlin'`. Default `'UTC'`. */
  readonly zone?: string
  /**
   * What happens to firings that were missed while nothing ran: `'one'`, the default, makes up for all of them by the
   * latest; `'all'` fires each, in order; `'none'` leaves out those that are more than a minute late.
   */
  readonly catchUp?: CatchUp
}

const known: KnownOptions<EveryOptions> = { as: true, zone: true, catchUp: ['one', 'all', 'none'] }

/** Adds a cron line. @throws SluiceError BAD_ARGUMENT for one that does not parse */
export function addEvery(graph: Graph, cron: string, options: EveryOptions, line: string | undefined): EveryNode {
  checkKnown('every()', options, known, line)
  const { as, zone = 'UTC', catchUp = 'one' } = options
  if (as !== undefined) checkName(as, 'store', line)
  const times = parsed(cron, zone, line)
  return graph.add({
    kind: 'every',
    type: 'every',
    parents: [],
    line,
    key: { serde: tickKey, why: 'every' },
    value: { serde: tickValue, why: 'every' },
    store: { as },
    operator: (store, topic) => every({ store, topic, key: store, line: times, catchUp, place: line }),
  })
}

function parsed(cron: string, zone: string, line: string | undefined): ReturnType<typeof cronLine> {
  try {
    return cronLine(cron, zone)
  } catch (error) {
    throw error instanceof SluiceError ? error.at({ line }) : error
  }
}
