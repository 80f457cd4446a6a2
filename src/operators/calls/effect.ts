import { randomUUID } from 'node:crypto'
import type { Serde } from '../../serde/serde.js'
import type { PendingEntry, PendingStore } from '../../store/pending-store.js'
import type { Operator, OperatorContext } from '../operator.js'
import { originOf } from '../origin.js'
import { RecordIndex } from '../record-index.js'
import { Calls, type Attempt, type CallOptions } from './calls.js'

/** What an effect's function gets beside the value. */
export interface EffectCall<K> extends Attempt {
  readonly key: K
  /** The same for every attempt, after a crash and a replay too: the other side can tell a repetition by it. */
  readonly idempotencyKey: string
  /** Milliseconds since the epoch, of the record. */
  readonly timestamp: number
}

export interface EffectOptions<K, V> extends CallOptions {
  readonly store: string
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/**
 * Does something outside. The intent (value and idempotency key) is committed before the call, and its end afterwards: a
 * crash in between repeats the call with the same value and key.
 */
export function effect<K, V, R>(
  fn: (value: V, call: EffectCall<K>) => Promise<R> | R,
  options: EffectOptions<K, V>,
): Operator {
  return (next, context) => {
    const scope = context.store<PendingStore>(options.store).scope(context.name, options.key, options.value)
    const index = new RecordIndex(context.record, context.name)
    const calls = new Calls<K, V>(context, scope, options, {
      call: ({ key, timestamp, idempotencyKey }, value, attempt) =>
        fn(value, { key, timestamp, idempotencyKey: idempotencyKey!, ...attempt }),
      succeeded: (entry, result) => {
        context.count('effects')
        return next(entry.key, result === undefined ? null : result, entry.timestamp)
      },
      failed: (entry, error) => context.fail(error, entry.key, undefined),
    })
    // Between two records: the last commit before a close, or before the task goes elsewhere, begins no call.
    scope.onDurable(entries => context.soon(() => calls.allow(entries)))
    context.onStart(scope.load().then(entries => entries.forEach(entry => calls.add(entry, true))))
    return (key: K, value: V, timestamp) => {
      let entry: PendingEntry<K, V>
      try {
        const at = index.next()
        const record = context.record.keep(at)
        entry = scope.add({ key, value, timestamp, record, idempotencyKey: idempotencyKey(context, options.store, at) })
      } catch (error) {
        return context.fail(error, key, value)
      }
      calls.add(entry, false)
    }
  }
}

/**
 * Application, the effect's name, topic, partition, offset and index, with `:` between them. What comes of no single record has no
 * place: there a random key serves, because no call is made before the commit that makes it last.
 */
function idempotencyKey({ application, record }: OperatorContext, name: string, index: string): string {
  if (record.offset < 0) return `${application}:${name}:${randomUUID()}`
  const { topic, partition, offset } = originOf(record)
  const count = index.slice(index.lastIndexOf(':') + 1)
  return `${application}:${name}:${topic}:${partition}:${offset}:${`${record.path}.${count}`.slice(1)}`
}
