import { SluiceError } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import type { CallRecord } from '../src/operators/calls/map-async.js'
import type { MapAsyncOptions } from './calls.js'
import { callSite } from './place.js'
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

/** Says of a stream's other operators that they come after the calls: JavaScript would only know that there is none. */
export function raceOf<K, V, Q extends Partitioning>(race: Race<K, V, Q>, operators: Stream<any, any>): Race<K, V, Q> {
  return new Proxy(race, {
    get(target, name, receiver) {
      if (typeof name === 'symbol' || name in target || !(name in operators)) return Reflect.get(target, name, receiver)
      throw new SluiceError('BAD_ARGUMENT', `copy({ race }).${name}: a race has nothing but mapAsync`, {
        place: { line: callSite() },
        hint: `say which call is made several times, and go on behind it: copy({ race: 2 }).mapAsync(…).${name}(…)`,
      })
    },
  })
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
