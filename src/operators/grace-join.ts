import type { TimeOrderedEntry, TimeOrderedStore } from '../store/time-ordered.js'
import type { TimerEntry } from '../store/timer-entry.js'
import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'
import { RecordIndex } from './record-index.js'
import { rowJoiner, type RowJoin } from './row-joiner.js'
import type { Wait } from './suspend.js'
import { streamClock } from './windows/window-clock.js'

/** Names a record that waits; `seq` tells those of equal key and time apart. */
export interface HeldKey<K> {
  readonly key: K
  readonly seq: number
}

/**
 * A join with a versioned table in which the records of the stream wait for the table (KIP-923): each goes on, in the order
 * of time, once stream time has passed it by the grace, and meets the row of its time. One that is later than that goes on
 * at once. Stream time here is that of the records that came to this join.
 */
export function graceJoin<K, V, T, R>(
  options: RowJoin<K, V, T, R> & {
    /** Milliseconds. */
    readonly grace: number
    readonly buffer: string
  },
): Operator {
  const { left, grace } = options
  return (next, context) => {
    const join = rowJoiner(options, next, context)
    const buffer = context.store<TimeOrderedStore<HeldKey<K>, TimerEntry<K, V>>>(options.buffer)
    const { record } = context
    const index = new RecordIndex(record, options.buffer)

    const release = ({ timestamp, key: { key }, value: held }: Held<K, V>): Wait =>
      record.within(held.record, () => join(key, held.value!, timestamp))

    /** The next one that is due. */
    const dueAfter = (held: Held<K, V> | undefined) => buffer.next(held, buffer.observed.value - grace)

    const releaseFrom = (entry: Held<K, V> | undefined): Wait => {
      let held = entry
      while (held !== undefined) {
        const current: Held<K, V> = held
        const wait = release(current)
        buffer.delete(current.timestamp, current.key)
        if (wait !== undefined) return wait.then(() => goOn(current))
        const following = dueAfter(current)
        if (following instanceof Promise) return following.then(releaseFrom)
        held = following
      }
    }

    const goOn = (held: Held<K, V> | undefined): Wait => {
      const following = dueAfter(held)
      return following instanceof Promise ? following.then(releaseFrom) : releaseFrom(following)
    }

    const observe = streamClock(context, buffer.observed, () => goOn(undefined), buffer.ahead)

    return (key: K, value: V | null, timestamp) => {
      if (value == null) return context.count('null_values_dropped')
      if (key == null) return left ? join(key, value, timestamp) : context.fail(nullKey(context), key, value)
      const { observed, least: last } = buffer
      const at = index.next()
      if (observed.value - grace > timestamp) return record.under(at, () => join(key, value, timestamp))
      const seq = (last.value + 1) % 2 ** 32
      last.value = seq
      buffer.put(timestamp, { key, seq }, { key: null, value, timestamp, record: record.keep(at) })
      observe(timestamp)
      return goOn(undefined)
    }
  }
}

type Held<K, V> = TimeOrderedEntry<HeldKey<K>, TimerEntry<K, V>>
