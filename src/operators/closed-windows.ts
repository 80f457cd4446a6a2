import type { TimeOrderedEntry, TimeOrderedStore } from '../store/time-ordered.js'
import type { JoinWindow } from './stream-join.js'
import { inOrder, type Wait } from './suspend.js'

/** A record without a partner: whose it is, and its key. */
export interface PendingKey<K> {
  readonly left: boolean
  readonly key: K
}

/** The values of equal key, side and time, in the order they came. */
export interface PendingValues {
  readonly left: boolean
  readonly values: readonly unknown[]
}

type Pending<K> = TimeOrderedStore<PendingKey<K>, PendingValues>

/**
 * Sends out alone what found no partner before its window closed, in the order of time (right before left at one time).
 *
 * When it happens is Kafka Streams' way to the letter (`KStreamKStreamJoin.emitNonJoinedOuterRecords`): `least` is the
 * time of the last entry looked at, so that after a look at open windows the next look comes when those would close.
 */
export function closedWindows<K>(options: {
  readonly pending: Pending<K>
  readonly window: JoinWindow
  readonly isLeft: boolean
  /** Whether both sides wait here, and not the left one alone. */
  readonly both: boolean
  readonly send: (key: K, left: unknown, right: unknown, timestamp: number) => Wait
}): () => Wait {
  const { pending, window, isLeft, both, send } = options
  const mine = (isLeft ? window.after : window.before) + window.grace
  const isOpen = (timestamp: number, left: boolean): boolean =>
    timestamp + (left ? window.after : window.before) + window.grace >= pending.observed.value

  const sendAll = ({ timestamp, key: { left, key }, value }: Entry<K>): Wait =>
    inOrder(value.values, each => (left ? send(key, each, null, timestamp) : send(key, null, each, timestamp)))

  function walk(first: Entry<K> | undefined, leftWasOpen: boolean, rightWasOpen: boolean): Wait {
    let leftOpen = leftWasOpen
    let rightOpen = rightWasOpen
    let entry = first
    while (entry !== undefined) {
      const current: Entry<K> = entry
      pending.least.value = current.timestamp
      if (leftOpen && rightOpen) return undefined
      if (isOpen(current.timestamp, current.key.left)) {
        if (current.key.left) leftOpen = true
        else rightOpen = true
        // All that follow are open too: only the last one counts.
        if (!both) return toLast()
        // Of several values of one key and time, the second one is the next to be looked at: there the look ends.
        if (leftOpen && rightOpen && current.value.values.length > 1) return undefined
      } else {
        const sent = sendAll(current)
        pending.delete(current.timestamp, current.key)
        if (sent !== undefined) return sent.then(() => goOn(current, leftOpen, rightOpen))
      }
      const following = pending.next(current)
      if (following instanceof Promise) return following.then(found => walk(found, leftOpen, rightOpen))
      entry = following
    }
    return undefined
  }

  function goOn(after: Entry<K> | undefined, leftOpen: boolean, rightOpen: boolean): Wait {
    const entry = pending.next(after)
    if (entry instanceof Promise) return entry.then(found => walk(found, leftOpen, rightOpen))
    return walk(entry, leftOpen, rightOpen)
  }

  function toLast(): Wait {
    const last = pending.last()
    if (last instanceof Promise) return last.then(timestamp => void (pending.least.value = timestamp))
    pending.least.value = last
  }

  return () => {
    const least = pending.least.value
    if (least === -1 || least + mine >= pending.observed.value) return undefined
    pending.least.value = -1
    return goOn(undefined, false, false)
  }
}

type Entry<K> = TimeOrderedEntry<PendingKey<K>, PendingValues>
