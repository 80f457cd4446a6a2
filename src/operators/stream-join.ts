import type { JoinBuffer } from '../store/join-buffer.js'
import type { TimeOrderedStore } from '../store/time-ordered.js'
import { plain } from './callback.js'
import { closedWindows, type PendingKey, type PendingValues } from './closed-windows.js'
import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'
import type { Joiner } from './row-joiner.js'
import { after, inOrder, type Wait } from './suspend.js'
import { streamClock } from './windows/window-clock.js'

/** Which records meet: those of the right stream from `before` before a left one to `after` behind it, in milliseconds. */
export interface JoinWindow {
  readonly before: number
  readonly after: number
  /** How long a window stays open once stream time has passed its end. */
  readonly grace: number
}

export interface StreamJoinStores {
  readonly left: string
  readonly right: string
  /** What has found no partner and waits for its window to close; only for joins that tell of it. */
  readonly pending: string | undefined
}

/**
 * One side of a join of two streams in time (Kafka Streams' `KStreamKStreamJoin`): a record meets those of the other side
 * that are there, then waits for those still to come. A result has the later timestamp of the two.
 *
 * In a left or outer join a record that has met nobody goes out alone when its window closes; at once where it is so late
 * that no partner can come, or has no key (KIP-962). Null values are dropped.
 */
export function streamJoin<K, A, B, R>(options: {
  readonly side: 'left' | 'right'
  readonly kind: 'inner' | 'left' | 'outer'
  readonly joiner: Joiner<K, A | null, B | null, R>
  readonly window: JoinWindow
  readonly stores: StreamJoinStores
}): Operator {
  const { kind, joiner, window, stores } = options
  const isLeft = options.side === 'left'
  const keepsAlone = kind === 'outer' || (isLeft && kind === 'left')
  const before = isLeft ? window.before : window.after
  const later = isLeft ? window.after : window.before

  return (next, context) => {
    const { asRead, record } = context
    const mine = context.store<JoinBuffer<K, unknown>>(isLeft ? stores.left : stores.right)
    const others = context.store<JoinBuffer<K, unknown>>(isLeft ? stores.right : stores.left)
    mine.heldBy(record)
    const pending =
      stores.pending === undefined
        ? undefined
        : context.store<TimeOrderedStore<PendingKey<K>, PendingValues>>(stores.pending)

    const send = (key: K, left: unknown, right: unknown, timestamp: number): Wait => {
      let joined: R
      try {
        joined = plain(joiner(left as A | null, right as B | null, key))
      } catch (error) {
        return context.fail(error, key, left ?? right)
      }
      return next(key, joined, timestamp)
    }
    const sendAlone = (key: K, value: unknown, timestamp: number): Wait =>
      isLeft ? send(key, value, null, timestamp) : send(key, null, value, timestamp)
    const both = kind === 'outer'
    const closed = pending && closedWindows({ pending, window, isLeft, both, send })
    // The two sides share their stream time: while the inputs are silent, one of them moves it, and looks for both.
    let observe: (timestamp: number) => void = () => {}
    if (pending !== undefined && closed !== undefined) {
      const ofRight = both ? closedWindows({ pending, window, isLeft: false, both, send }) : () => undefined
      const look = () => after(closed(), ofRight)
      observe = streamClock(isLeft ? context : { ...context, onIdle: () => {} }, pending.observed, look, pending.ahead)
    }

    const wait = (key: K, value: unknown, timestamp: number): void => {
      const id = { left: isLeft, key }
      const values = pending!.get(timestamp, id)?.values ?? []
      pending!.put(timestamp, id, { left: isLeft, values: [...values, value] })
      const least = pending!.least.value
      if (least === -1 || timestamp < least) pending!.least.value = timestamp
    }

    const keep = (key: K, value: unknown, timestamp: number): Wait => {
      const read = asRead === true ? record.bytesOf(value) : undefined
      if (!mine.add(key, value, timestamp, read)) context.count('late_records')
      return mine.sweep()
    }

    const meet = (key: K, value: unknown, timestamp: number): Wait => {
      const until = Math.max(0, timestamp + later)
      const partners = others.fetch(key, Math.max(0, timestamp - before), until)
      if (partners.length === 0) {
        if (keepsAlone) {
          if (until < pending!.observed.value) {
            return after(sendAlone(key, value, timestamp), () => keep(key, value, timestamp))
          }
          wait(key, value, timestamp)
        }
        return keep(key, value, timestamp)
      }
      const sent = inOrder(partners, partner => {
        // It has met somebody, so it does not go out alone.
        pending?.delete(partner.timestamp, { left: !isLeft, key })
        const latest = Math.max(timestamp, partner.timestamp)
        return isLeft ? send(key, value, partner.value, latest) : send(key, partner.value, value, latest)
      })
      return sent === undefined ? keep(key, value, timestamp) : sent.then(() => keep(key, value, timestamp))
    }

    return (key: K, value: unknown, timestamp) => {
      observe(timestamp)
      if (value == null) {
        if (key != null) mine.observe(timestamp)
        return context.count('null_values_dropped')
      }
      if (key == null) {
        return keepsAlone ? sendAlone(key, value, timestamp) : context.fail(nullKey(context), key, value)
      }
      if (closed === undefined || timestamp !== pending!.observed.value) return meet(key, value, timestamp)
      const emitted = closed()
      return emitted === undefined ? meet(key, value, timestamp) : emitted.then(() => meet(key, value, timestamp))
    }
  }
}
