import { SluiceError } from '../src/errors.js'
import { checkKnown, flag, type KnownOptions } from '../src/known-options.js'
import { suppress } from '../src/operators/suppress.js'
import { openAfterEnd, openFor } from '../src/operators/windows/definitions.js'
import { isWindowed, type WindowKey } from '../src/serde/windowed.js'
import type { Duration } from '../src/time.js'
import { durationAt } from './duration.js'
import type { Fluent } from './fluent.js'
import type { Node, SuppressNode } from './nodes.js'
import { places, storeWish } from './serdes.js'
import type { Say } from './types.js'
import { walkUp } from './walk-up.js'

/** Until when a table's changes are held back, and how many at most. */
export interface SuppressOptions {
  /**
   * `'window-closes'`: each window is told once, when stream time has come to its end and grace. Sliding windows and
   * sessions take records in that millisecond, too, and are then told again, as in Kafka Streams. A duration: the latest
   * change of a key, once its first one has waited for so long of stream time.
   */
  readonly until: 'window-closes' | Duration
  /** What may wait. Default: any number; it lies on the disk. */
  readonly buffer?: {
    readonly maxRecords?: number
    /** Of keys and changes, about. */
    readonly maxBytes?: number
    /** `'stop'` (the default): the pipeline stops with an error. `'emit'`: what waits longest is told early. */
    readonly whenFull?: 'stop' | 'emit'
  }
  /** The name of what holds the changes. Default: made of the table's. */
  readonly as?: string
  /** `false`: what waits is not kept in a topic, and is lost with the disk. Default `true`. */
  readonly changelog?: boolean
  /** Where it lies. Default `'disk'`. */
  readonly in?: 'disk' | 'memory'
}

const known: KnownOptions<SuppressOptions> = { until: true, buffer: true, as: true, changelog: flag, in: places }
const knownBuffer: KnownOptions<NonNullable<SuppressOptions['buffer']>> = {
  maxRecords: true,
  maxBytes: true,
  whenFull: ['stop', 'emit'],
}

const untils = "write 'window-closes', or how long a change waits, such as '5m'"

/** Rows that are of no window can only wait for a time. */
export type NeedWindows<K> = [K] extends [WindowKey<unknown>]
  ? unknown
  : { readonly until: Duration | Say<'these rows are of no window, so none closes: wait for a time, such as 5m'> }

/** Adds it. @throws SluiceError BAD_ARGUMENT, BAD_DURATION, BAD_TOPOLOGY */
export function addSuppress(table: Fluent, options: SuppressOptions, line: string | undefined): SuppressNode {
  const { '~graph': graph, '~node': parent } = table
  checkKnown('suppress()', options, known, line)
  const { until, buffer = {}, ...kept } = options ?? ({} as Partial<SuppressOptions>)
  checkKnown('suppress({ buffer })', buffer, knownBuffer, line)
  const isFinal = until === 'window-closes'
  const limits = {
    maxRecords: limit('maxRecords', buffer.maxRecords, line),
    maxBytes: limit('maxBytes', buffer.maxBytes, line),
    whenFull: buffer.whenFull ?? 'stop',
  }
  if (isFinal && limits.whenFull === 'emit') {
    throw wrong(
      "until: 'window-closes' with whenFull: 'emit'",
      'a window told early would be told again: leave whenFull out, or wait for a time instead',
      line,
    )
  }
  if (isFinal) checkWindows(parent, line)
  const wait = isFinal ? graceAbove(parent, line) : durationAt(until, 'suppress({ until })', line, untils)
  return graph.add({
    kind: 'suppress',
    type: 'suppress',
    parents: [parent],
    line,
    key: parent.key,
    value: parent.value,
    store: storeWish('suppress', kept, parent.key, parent.value, line),
    operator: how => suppress({ ...how, wait, until: isFinal ? 'window-closes' : 'time', limits }),
  })
}

function limit(what: string, given: number | undefined, line: string | undefined): number {
  if (given === undefined) return Number.POSITIVE_INFINITY
  if (Number.isSafeInteger(given) && given > 0) return given
  throw wrong(`${what}: ${String(given)}`, 'give a whole number above 0, or leave it out', line)
}

/** @throws SluiceError BAD_TOPOLOGY where the rows are of no window, or no longer */
function checkWindows({ key: { serde } }: Node, line: string | undefined): void {
  if (serde !== undefined && isWindowed(serde)) return
  throw new SluiceError('BAD_TOPOLOGY', "suppress({ until: 'window-closes' }) of a table without windows", {
    place: { line },
    hint: "write it behind an aggregate of windowedBy(…), or wait for a time: suppress({ until: '5m' })",
  })
}

/** How long behind their ends the windows above are open: of several, the longest. Kafka Streams' `GraphGraceSearchUtil`. */
function graceAbove(table: Node, line: string | undefined): number {
  const found: number[] = []
  walkUp([table], node => {
    if (node.kind === 'source' || node.kind === 'every') {
      throw new SluiceError('BAD_TOPOLOGY', "suppress({ until: 'window-closes' }) without the grace of its windows", {
        place: { line },
        hint: "write it behind an aggregate of windowedBy(…), or wait for a time: suppress({ until: '5m' })",
      })
    }
    if ((node.kind !== 'stateful' && node.kind !== 'cogroup') || node.windows === undefined) return node.parents
    const { windows } = node.windows
    if (openFor(windows) === Number.POSITIVE_INFINITY) {
      throw wrong("until: 'window-closes'", "unlimited() never closes: wait for a time instead, until: '5m'", line)
    }
    found.push(openAfterEnd(windows))
    return []
  })
  return Math.max(...found)
}

function wrong(what: string, hint: string, line: string | undefined): SluiceError {
  return new SluiceError('BAD_ARGUMENT', `suppress({ ${what} })`, { place: { line }, hint })
}
