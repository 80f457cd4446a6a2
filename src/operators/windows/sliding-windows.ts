import type { WindowKey } from '../../serde/windowed.js'
import type { WindowStore } from '../../store/window-store.js'
import type { Fold } from '../fold.js'
import { nullKey } from '../null-key.js'
import type { Operator, OperatorContext } from '../operator.js'
import { after, inOrder, type Wait } from '../suspend.js'
import type { SlidingWindows } from './definitions.js'
import { openWindows, type Emit, type WindowsOptions } from './open-windows.js'

/** What becomes of one window by one record. */
interface Update<K, A> {
  readonly window: WindowKey<K>
  readonly value: A | null
  readonly timestamp: number
}

interface Kept<A> {
  readonly value: A
  /** Of the latest record in the window. */
  readonly timestamp: number
}

/** A record, the windows of its key that may matter, and the updates that it makes. */
interface Step<K, V, A> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  /** Windows that end before are closed. */
  readonly closed: number
  readonly updates: Update<K, A>[]
}

/**
 * An aggregate per key and window that slides over the records. A record has two windows of its own: one that ends with it,
 * and one that starts right behind it, once there is something in that. All others that it falls into are updated. Kafka
 * Streams' `KStreamSlidingWindowAggregate` to the letter (KIP-450), out-of-order records included; before `difference`,
 * where a window would start below 0, all records share the window from 0.
 */
export function slidingWindowAggregate<K, V, A>(
  options: WindowsOptions & {
    readonly windows: SlidingWindows
    readonly fold: Fold<K, V, A>
    readonly emit: Exclude<Emit, 'late'>
  },
): Operator {
  const { windows, fold } = options
  const { difference, grace } = windows
  const closedAt = (time: number) => time - grace - difference - 1
  return (next, context) => {
    const { kept, observed, observe, close } = openWindows<K, A>(options, closedAt, next, context)
    const sliding = new Sliding<K, V, A>(kept, difference, fold, context)

    return (key, value, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      if (value == null) return context.count('null_values_dropped')
      observe(timestamp)
      const closed = observed.value - grace
      if (timestamp + difference < closed) return context.count('late_records')
      const step: Step<K, V, A> = { key, value, timestamp, closed, updates: [] }
      try {
        if (timestamp < difference) sliding.early(step)
        else sliding.usual(step)
      } catch (error) {
        return after(context.fail(error, key, value), close)
      }
      const put = ({ window, value: updated, timestamp: latest }: Update<K, A>): Wait =>
        kept.put(window, updated, latest)
      return after(inOrder(step.updates, put), close)
    }
  }
}

/** Finds the updates; writes nothing. */
class Sliding<K, V, A> {
  readonly #kept: WindowStore<K, A>
  readonly #difference: number
  readonly #fold: Fold<K, V, A>
  readonly #context: OperatorContext

  constructor(kept: WindowStore<K, A>, difference: number, fold: Fold<K, V, A>, context: OperatorContext) {
    this.#kept = kept
    this.#difference = difference
    this.#fold = fold
    this.#context = context
  }

  usual(step: Step<K, V, A>): void {
    const { key, timestamp } = step
    const windows = this.#kept.windowsOf(key, timestamp - 2 * this.#difference, timestamp + 1)
    const starts = new Set<number>()
    /** The window before those that have the record. */
    let left: Kept<A> | undefined
    let right: WindowKey<K> | undefined
    let rightTimestamp = -1
    let hasLeft = false
    let hasRight = false
    /** The time of the record before this one. */
    let previous: number | undefined
    for (let i = windows.length - 1; i >= 0; i--) {
      const { start, end } = windows[i]!
      starts.add(start)
      if (start === timestamp + 1) {
        hasRight = true
        continue
      }
      const window = { key, start, end }
      const kept = this.#read(window)!
      if (end > timestamp) {
        if (right === undefined) {
          right = window
          rightTimestamp = kept.timestamp
        }
        this.#update(step, window, kept)
      } else if (end === timestamp) {
        hasLeft = true
        this.#update(step, window, kept)
        if (kept.timestamp >= timestamp) return
        previous = kept.timestamp
      } else {
        left = kept
        previous = kept.timestamp
        break
      }
    }
    if (previous !== undefined && !starts.has(previous + 1) && previous + 1 + this.#difference >= timestamp) {
      this.#create(step, previous + 1)
    }
    if (!hasLeft) {
      const before = previous !== undefined && timestamp - this.#difference <= previous ? left!.value : undefined
      this.#create(step, timestamp - this.#difference, before)
    }
    if (!hasRight && right !== undefined && rightTimestamp > timestamp) this.#copy(step, right)
  }

  /** For records so early that the window which ends with them would start below 0. */
  early(step: Step<K, V, A>): void {
    const { key, timestamp } = step
    const windows = this.#kept.windowsOf(key, 0, timestamp + 1)
    const starts = new Set(windows.map(({ start }) => start))
    const first = this.#windowAt(key, 0)
    const combined = starts.has(0) ? this.#read(first) : undefined
    let right: WindowKey<K> | undefined
    let rightTimestamp = -1
    for (const { start } of windows) {
      if (start === 0 || start > timestamp) continue
      right = this.#windowAt(key, start)
      const kept = this.#read(right)!
      rightTimestamp = kept.timestamp
      this.#update(step, right, kept)
    }
    if (right === undefined && combined !== undefined) {
      right = first
      rightTimestamp = combined.timestamp
    }
    if (!starts.has(timestamp + 1) && right !== undefined && rightTimestamp > timestamp) this.#copy(step, right)
    if (combined !== undefined && combined.timestamp < timestamp && !starts.has(combined.timestamp + 1)) {
      this.#create(step, combined.timestamp + 1)
    }
    if (combined === undefined) this.#create(step, 0)
    else this.#update(step, first, combined)
  }

  /** Takes the record into a window that there is. */
  #update(step: Step<K, V, A>, window: WindowKey<K>, { value, timestamp }: Kept<A>): void {
    this.#add(step, window, value, Math.max(timestamp, step.timestamp))
  }

  /** A new window with the record, and with what `before` has of those before it. */
  #create(step: Step<K, V, A>, start: number, before?: A): void {
    this.#add(step, this.#windowAt(step.key, start), before, step.timestamp)
  }

  /** The window right behind the record holds what another one holds without the record. */
  #copy({ key, timestamp: time, updates }: Step<K, V, A>, from: WindowKey<K>): void {
    updates.push({ window: this.#windowAt(key, time + 1), ...this.#read(from)! })
  }

  #add(step: Step<K, V, A>, window: WindowKey<K>, before: A | undefined, timestamp: number): void {
    const { key, value, closed, updates } = step
    if (window.end < closed) return this.#context.count('late_records')
    updates.push({ window, value: this.#fold(before, value, key), timestamp })
  }

  #windowAt(key: K, start: number): WindowKey<K> {
    return { key, start, end: start + this.#difference }
  }

  /** A fresh copy each time: the function may change what it gets. */
  #read(window: WindowKey<K>): Kept<A> | undefined {
    const value = this.#kept.get(window)
    return value === undefined ? undefined : { value, timestamp: this.#kept.timestamp }
  }
}
