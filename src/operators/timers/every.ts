import { SluiceError, type Place } from '../../errors.js'
import { RecordHeaders } from '../../record.js'
import { json } from '../../serde/json/json.js'
import type { Serde } from '../../serde/serde.js'
import { string } from '../../serde/string.js'
import type { KeyValueStore } from '../../store/key-value.js'
import type { Operator } from '../operator.js'
import type { Wait } from '../suspend.js'
import type { CronLine } from './cron-line.js'

/** One firing of a cron line. Times are milliseconds since the epoch. */
export interface Tick {
  /** The time that the line names; the record's timestamp, too. */
  readonly scheduled: number
  /** What the tick before it was scheduled for; null at the first, and at the first of a line that was changed. */
  readonly previous: number | null
}

/** What happens to firings that were missed while nothing ran. */
export type CatchUp = 'one' | 'all' | 'none'

/** What the store of a line keeps. */
export interface CronState {
  readonly line: string
  /** Everything up to here was fired, or passed over. */
  readonly upTo: number
  readonly last: number | null
}

export const tickKey: Serde<string> = string
export const tickValue: Serde<Tick> = json<Tick>()
export const cronState: Serde<CronState> = json<CronState>()

/** `'none'`: what is later than this was missed, as in Quartz; in milliseconds. */
const late = 60_000
/** How many firings go on in one turn. */
const burst = 64
/** Of what is passed over, so many are counted at most: a line of every second could have missed a year of them. */
const mostCounted = 1_000

/**
 * Fires at the times of a cron line, each once: what was fired lies in a store and is committed with what it led to. The
 * task of partition 0 does it; there is one of that in the group. What comes in the line's own topic is passed on, so that
 * a dead letter can be put back there.
 */
export function every(options: {
  readonly store: string
  /** The line's own topic. */
  readonly topic: string
  readonly key: string
  readonly line: CronLine
  readonly catchUp: CatchUp
  /** Where it was written. */
  readonly place: string | undefined
}): Operator {
  const { topic, key, line, catchUp, place } = options
  return (next, context) => {
    const { record } = context
    const store = context.store<KeyValueStore<string, CronState>>(options.store)

    const begin = (now: number): Wait => {
      if (record.partition !== 0) return undefined
      // A line that was changed begins anew: what it would have fired before was never asked for.
      if (store.get(key)?.line !== line.text) {
        // One that was known before has done what was asked of it.
        if (line.next(now) === undefined) throw over(line, now, { operator: context.name, line: place })
        void store.put(key, { line: line.text, upTo: now, last: null }, now)
      }
      return fire(now)
    }
    const fire = (now: number): Wait => {
      if (catchUp === 'none') pass(now - late - 1, now)
      const due = line.next(store.get(key)!.upTo)
      const latest = catchUp === 'one' && due !== undefined && due <= now ? line.latest(now) : undefined
      if (latest !== undefined) pass(latest - 1, now)
      return send(now, burst)
    }
    /** Sends what is due, the earliest first, and asks for a call at the time of the next. */
    const send = (now: number, left: number): Wait => {
      for (let n = left; ; n--) {
        const { upTo, last } = store.get(key)!
        const due = line.next(upTo)
        if (due === undefined) return undefined
        if (due > now || n === 0) {
          context.whenRoom(due, fire)
          return undefined
        }
        void store.put(key, { line: line.text, upTo: due, last: due }, now)
        const wait = tell({ scheduled: due, previous: last })
        if (wait !== undefined) return wait.then(() => send(now, n - 1))
      }
    }
    const tell = (tick: Tick): Wait => {
      const { scheduled: timestamp } = tick
      const source = {
        timestamp,
        headers: RecordHeaders.none,
        key: tickKey.serialize(key),
        value: tickValue.serialize(tick),
      }
      // It was never in the topic: its time is what tells it from others.
      record.resume({ topic, partition: 0, offset: timestamp, path: '', headers: RecordHeaders.none, source })
      return next(key, tick, timestamp)
    }
    /** Leaves out what is due up to a time. */
    const pass = (upTo: number, now: number): void => {
      const state = store.get(key)!
      let due = line.next(state.upTo)
      if (due === undefined || due > upTo) return
      for (let n = 0; due !== undefined && due <= upTo && n < mostCounted; n++) {
        context.count('missed_firings')
        due = line.next(due)
      }
      void store.put(key, { ...state, upTo }, now)
    }

    context.at(context.steady(), () => begin(context.now()))
    return (given, value, timestamp) => next(given, value, timestamp)
  }
}

function over({ text }: CronLine, now: number, place: Place): SluiceError {
  return new SluiceError('BAD_ARGUMENT', `the cron line "${text}" names no time after ${new Date(now).toISOString()}`, {
    place,
    hint: 'look at its year, and at the clock',
  })
}
