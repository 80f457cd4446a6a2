import type { Operator } from './operator.js'

/** Takes values once what led to them is committed. */
export interface CommittedSink<V> {
  /** Whether anybody listens: what nobody waits for is not kept. */
  readonly observed: boolean
  next(value: V): void
}

/** About what a value in memory takes: its own size is not known without writing it. */
const bytesPerValue = 256

/** Hands values over, in their order, when the commit that takes them has succeeded; nothing follows. */
export function emitCommitted<V>(to: CommittedSink<V>): Operator {
  return (_next, context) => {
    let waiting: V[] = []
    let inFlight = 0
    context.onCommit({
      get uncommittedBytes() {
        return (waiting.length + inFlight) * bytesPerValue
      },
      begins() {
        const values = waiting
        waiting = []
        inFlight += values.length
        return () => {
          inFlight -= values.length
          for (const value of values) to.next(value)
        }
      },
    })
    return (_key, value) => {
      if (to.observed) waiting.push(value)
    }
  }
}
