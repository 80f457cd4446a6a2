import { counted } from '../../errors.js'
import type { Serde } from '../../serde/serde.js'
import { laneOf, type PendingEntry, type PendingStore } from '../../store/pending-store.js'
import type { OperatorContext, Process } from '../operator.js'
import { RecordIndex } from '../record-index.js'
import type { Wait } from '../suspend.js'
import { Alarm } from './alarm.js'
import { DueEntries } from './due-entries.js'
import { Lanes } from './lanes.js'
import { nextAttempt, type RetryPolicy } from './retry-policy.js'

/** How many are released in one turn: then commits and other tasks have theirs. */
const burst = 64

export interface RetriedOptions {
  readonly store: string
  readonly key: Serde<any>
  readonly value: Serde<any>
  readonly policy: RetryPolicy
  /** Beyond this the task takes in no more records. */
  readonly limit: { readonly records: number; readonly bytes: number }
}

/**
 * An operator that tries again what it fails to do. A record that waits for its next attempt is parked in the task's state,
 * with those of its key that follow behind it, in order; all others pass.
 */
export function retried<Outputs>(
  operator: (outputs: Outputs, context: OperatorContext) => Process,
  { store, key: keySerde, value: valueSerde, policy, limit }: RetriedOptions,
): (outputs: Outputs, context: OperatorContext) => Process {
  return (outputs, context) => {
    const scope = context.store<PendingStore>(store).scope<unknown, unknown>(context.name, keySerde, valueSerde)
    const lanes = new Lanes<unknown, unknown>()
    /** The first of each lane. */
    const waiting = new DueEntries<unknown, unknown>(context)
    const index = new RecordIndex(context.record, context.name)
    /** The attempt at hand; none while timers of the operator's own run. */
    let trying: { readonly failures: number; readonly seq: number } | undefined
    /** When it is tried again, where it has failed. */
    let again: number | undefined
    const inner = operator(outputs, {
      ...context,
      fail(error, key, value) {
        const failures = (trying?.failures ?? 0) + 1
        let why = error
        try {
          again = trying && nextAttempt(policy, failures, error, { seq: trying.seq, now: context.now() })
          if (again !== undefined) return undefined
        } catch (thrown) {
          why = thrown
        }
        context.record.tries = failures
        return context.fail(why, key, value)
      },
    })
    context.pends({
      get entries() {
        return lanes.entries
      },
      calls: 0,
      get oldest() {
        return lanes.oldest
      },
      get full() {
        if (lanes.entries < limit.records && lanes.bytes < limit.bytes) return undefined
        return `${context.name}: ${counted(lanes.entries, 'record')} of about ${lanes.bytes} bytes parked`
      },
    })

    /** Answers whether it was done, by success or for good by failure. */
    const attempt = (
      [key, value, timestamp]: Parameters<Process>,
      tried: { readonly failures: number; readonly seq: number },
    ): boolean | Promise<boolean> => {
      trying = tried
      again = undefined
      const ended = (): boolean => {
        trying = undefined
        return again === undefined
      }
      const wait = inner(key, value, timestamp)
      return wait === undefined ? ended() : wait.then(ended)
    }
    const park = (at: string, [key, value, timestamp]: Parameters<Process>, failures: number): Wait => {
      let entry: PendingEntry
      try {
        const due = failures === 0 ? 0 : again!
        entry = scope.add({ key, value, timestamp, record: context.record.keep(at), failures, due })
      } catch (error) {
        return context.fail(error, key, value)
      }
      context.count(failures === 0 ? 'parked' : 'retried')
      if (lanes.add(entry)) wait(entry)
    }

    const alarm = new Alarm(context, steady => releaseDue(steady, burst))
    const wait = (entry: PendingEntry): void => {
      alarm.at(waiting.add(entry))
    }
    const releaseDue = (steady: number, most: number): Wait => {
      for (let left = most; left > 0; left--) {
        const entry = waiting.take(steady)
        if (entry === undefined) break
        const released = release(entry)
        if (released !== undefined) return released.then(() => releaseDue(steady, left - 1))
      }
      alarm.at(waiting.earliest)
    }
    /** Tries the first of a lane. When it is done the one behind it is due at once. */
    const release = (entry: PendingEntry): Wait => {
      context.record.resume(entry.record)
      const done = attempt([entry.key, entry.value(), entry.timestamp], entry)
      return typeof done === 'boolean' ? concluded(entry, done) : done.then(ok => concluded(entry, ok))
    }
    const concluded = (entry: PendingEntry, done: boolean): void => {
      if (!done) {
        entry.failures++
        entry.due = again!
        scope.change(entry)
        context.count('retried')
        return wait(entry)
      }
      scope.end(entry)
      const next = lanes.shift(entry)
      if (next !== undefined) wait(next)
    }

    const begin = async (): Promise<void> => {
      for (const entry of await scope.load()) if (lanes.add(entry)) wait(entry)
    }
    context.onStart(begin())

    /** Whether records of the key wait; what cannot be written has never been parked. */
    const isParked = (key: unknown): boolean => {
      if (lanes.entries === 0) return false
      try {
        return lanes.has(laneOf(key == null ? null : keySerde.serialize(key)))
      } catch {
        return false
      }
    }

    /** The value as it is now, whatever the attempt does to it. What cannot be written cannot be parked either. */
    const asItCame = (value: unknown): (() => unknown) => {
      if (typeof value !== 'object' || value === null) return () => value
      try {
        const bytes = Buffer.from(valueSerde.serialize(value))
        return () => valueSerde.deserialize(bytes)
      } catch {
        return () => value
      }
    }

    return (key, value, timestamp) => {
      const { record } = context
      const at = index.next()
      if (isParked(key)) return park(at, [key, value, timestamp], 0)
      const { path } = record
      // As it would be if it had been parked: what is made of it further down has the same name with and without.
      record.path = `${path}.${at}`
      const former = asItCame(value)
      const done = attempt([key, value, timestamp], { failures: 0, seq: record.offset })
      const ended = (ok: boolean): Wait => {
        record.path = path
        return ok ? undefined : park(at, [key, former(), timestamp], 1)
      }
      return typeof done === 'boolean' ? ended(done) : done.then(ended)
    }
  }
}
