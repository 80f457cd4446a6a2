import { SluiceError } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import type { CallRecord } from '../src/operators/calls/map-async.js'
import type { MapAsyncOptions } from './calls.js'
import type { Stream } from './stream.js'
import type { Partitioning } from './types.js'

/** A stream of which every record is worked on by several calls at once. */
export interface Race<K, V, Q extends Partitioning> {
  /**
   * Makes all calls of a record at once. The first to succeed counts; the signals of the others are aborted, and what comes
   * of them is never seen. Only when all have failed has the record failed.
   */
  mapAsync<R>(
    fn: (value: V, key: K, record: CallRecord<K, V>) => Promise<R> | R,
    options?: MapAsyncOptions<K, V>,
  ): Stream<K, R, Q>
}

/** How many calls are made of one. */
export interface RaceOptions {
  readonly race: number
}

export function isRace(how: object | number): how is RaceOptions {
  return typeof how === 'object' && how !== null && typeof (how as { race?: unknown }).race === 'number'
}

const known: KnownOptions<RaceOptions> = { race: true }

/** @throws SluiceError BAD_ARGUMENT */
export function checkRace(options: RaceOptions, line: string | undefined): void {
  checkKnown('copy()', options, known, line)
  const { race: runners } = options
  if (Number.isSafeInteger(runners) && runners >= 2) return
  throw new SluiceError('BAD_ARGUMENT', `copy({ race: ${runners} })`, {
    place: { line },
    hint: 'a race has at least two runners: copy({ race: 2 }).mapAsync(…)',
  })
}
