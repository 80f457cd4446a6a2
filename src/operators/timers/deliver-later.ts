import { SluiceError } from '../../errors.js'
import type { TimeOrderedEntry, TimeOrderedStore } from '../../store/time-ordered.js'
import type { TimerEntry } from '../../store/timer-entry.js'
import { timeForm, wholeTime } from '../../time.js'
import { bind, plain, type Call, type Callback } from '../callback.js'
import type { Operator, OperatorContext } from '../operator.js'
import { RecordIndex } from '../record-index.js'
import type { Wait } from '../suspend.js'
import { DueTimers } from './due-timers.js'

/** When a record goes on: so many milliseconds after it came here, or at a time that a function answers. */
export type Due<K, V> = number | Callback<K, V, number | Date>

/** By the time they are due, then by the order in which they came. */
type Timers<K, V> = TimeOrderedStore<number, TimerEntry<K, V>>

/**
 * Holds records back until the wall clock has reached their time. They wait in a store of the task, and only the first few
 * are in memory; taking one out and what it leads to are in one commit. Those of one time go on in the order they came.
 */
export function deliverLater<K, V>(options: {
  readonly store: string
  readonly due: Due<K, V>
  /** Whether a record that waited happens when it is due, or keeps its own time. */
  readonly timestamp: 'due' | 'record'
}): Operator {
  const isDue = options.timestamp === 'due'
  const delay = typeof options.due === 'number' ? options.due : undefined
  return (next, context) => {
    const { record } = context
    const timers = context.store<Timers<K, V>>(options.store)
    /** How many have waited, and since when the last of them does: when it is due may be too far ahead for a broker. */
    const { observed, least: latest } = timers
    const dueOf = dueFunction(options.due, context)
    const index = new RecordIndex(record, options.store)
    const send = ({ timestamp: due, value: timer }: TimeOrderedEntry<number, TimerEntry<K, V>>): Wait => {
      record.resume(timer.record)
      return next(timer.key, timer.value, timeOf(due, timer.timestamp))
    }
    const timeOf = (due: number, timestamp: number): number => (isDue && due > timestamp ? due : timestamp)

    const queue = new DueTimers(timers, context, send)

    return (key: K, value: V, timestamp) => {
      const now = context.now()
      const at = index.next()
      let due: number
      try {
        due = dueOf(value, key, timestamp)
      } catch (error) {
        return context.fail(error, key, value)
      }
      // A clock that is set back, or another machine's, lets nothing overtake what waits.
      if (delay !== undefined && queue.earliest < Number.POSITIVE_INFINITY) due = Math.max(due, latest.value + delay)
      // Whatever is due before it goes first, and so does what came before it and is due then too.
      if (due <= now && due < queue.earliest) return record.under(at, () => next(key, value, timeOf(due, timestamp)))
      const seq = observed.value + 1
      try {
        timers.put(due, seq, { key, value, timestamp, record: record.keep(at) }, now)
      } catch (error) {
        return context.fail(error, key, value)
      }
      observed.value = seq
      if (delay !== undefined) latest.value = due - delay
      queue.added(due)
    }
  }
}

function dueFunction<K, V>(due: Due<K, V>, context: OperatorContext): Call<K, V, number> {
  if (typeof due === 'number') return () => context.now() + due
  const call = bind(due, context)
  return (value, key, timestamp) => checked(plain(call(value, key, timestamp)))
}

function checked(answer: number | Date): number {
  const time = wholeTime(answer instanceof Date ? answer.getTime() : answer)
  if (time !== undefined) return time
  throw new SluiceError('CALLBACK', `the function of deliverAt answered the time ${String(answer)}`, {
    hint: `answer ${timeForm}, or a Date`,
  })
}
