import { SluiceError } from '../../errors.js'
import type { StreamRecord } from '../../record.js'
import type { Serde } from '../../serde/serde.js'
import type { PendingEntry, PendingStore } from '../../store/pending-store.js'
import type { Operator } from '../operator.js'
import { RecordIndex } from '../record-index.js'
import { Calls, type Attempt, type CallOptions } from './calls.js'

/** A record whose call runs. */
export interface CallRecord<K, V> extends StreamRecord<K, V>, Attempt {}

export interface MapAsyncOptions<K, V> extends CallOptions {
  readonly store: string
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/**
 * Calls a function that takes its time, many at once, while other records go on. What is under way at a commit is written
 * with it, and called again by whoever takes the task up.
 */
export function mapAsync<K, V, R>(
  fn: (value: V, key: K, record: CallRecord<K, V>) => Promise<R> | R,
  options: MapAsyncOptions<K, V>,
): Operator {
  return (next, context) => {
    const scope = context.store<PendingStore>(options.store).scope(context.name, options.key, options.value)
    const index = new RecordIndex(context.record, context.name)
    const calls = new Calls<K, V>(context, scope, options, {
      call: (entry, value, attempt) => fn(value, entry.key, callRecord(entry, value, attempt)),
      wrong: result => (result === undefined ? noResult() : undefined),
      succeeded: (entry, result) => next(entry.key, result, entry.timestamp),
      failed: (entry, error) => context.fail(error, entry.key, undefined),
    })
    context.onStart(scope.load().then(entries => entries.forEach(entry => calls.add(entry, true))))
    return (key: K, value: V, timestamp) => {
      let entry: PendingEntry<K, V>
      try {
        entry = scope.add({ key, value, timestamp, record: context.record.keep(index.next()) })
      } catch (error) {
        return context.fail(error, key, value)
      }
      calls.add(entry, true)
    }
  }
}

function callRecord<K, V>(
  { key, timestamp, record }: PendingEntry<K, V>,
  value: V,
  attempt: Attempt,
): CallRecord<K, V> {
  const { topic, partition, offset, headers } = record
  return { key, value, timestamp, headers, topic, partition, offset, ...attempt }
}

function noResult(): SluiceError {
  return new SluiceError('CALLBACK', 'the function answered undefined', {
    hint: 'answer a value, or null for a tombstone; filter behind it leaves records out',
  })
}
