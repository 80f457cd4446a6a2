import type { Serde } from '../../serde/serde.js'
import type { Instruction, Subscription } from '../../serde/subscription.js'
import { bind, plain, type Callback } from '../callback.js'
import type { Operator } from '../operator.js'
import { after, type Wait } from '../suspend.js'
import { hashOf } from './hash.js'
import type { unansweredOf } from './unanswered.js'

/**
 * The changes of the left table as subscriptions to foreign rows (Kafka Streams' `SubscriptionSendProcessorSupplier`). A row
 * that now means another foreign row takes its former subscription back first. Without a foreign key a row of an inner join
 * subscribes to nothing, and one of a left join asks for no row.
 */
export function subscribe<K, V, K2>(options: {
  readonly on: Callback<K, V, K2 | null | undefined>
  readonly value: Serde<V>
  readonly foreignKey: Serde<K2>
  readonly primaryKey: Serde<K>
  readonly left: boolean
  readonly unanswered: ReturnType<typeof unansweredOf>
}): Operator {
  const { value: values, foreignKey, left } = options
  return (next, context) => {
    const unanswered = options.unanswered(context.record, options.primaryKey)
    const select = bind(options.on, context)
    const isOther = (a: K2, b: K2 | null): boolean =>
      b === null || Buffer.compare(foreignKey.serialize(a), foreignKey.serialize(b)) !== 0

    return (key: K, value: V | null, timestamp, before?: V | null) => {
      let from: K2 | null = null
      let to: K2 | null = null
      let failure: { readonly error: unknown } | undefined
      try {
        from = before == null ? null : (plain(select(before, key, timestamp)) ?? null)
      } catch {
        // It failed when it was new, so it subscribed to nothing.
      }
      try {
        to = value === null ? null : (plain(select(value, key, timestamp)) ?? null)
      } catch (error) {
        failure = { error }
      }
      const hash = value === null ? null : hashOf(values.serialize(value))
      const { partition } = context.record
      const send = (foreign: K2 | null, instruction: Instruction): Wait => {
        const message: Subscription<K> = { instruction, hash, primaryKey: key, partition }
        if (!left && (instruction === 'tell' || instruction === 'forget-and-tell')) unanswered.add(key)
        return next(foreign, message, timestamp)
      }
      const tell = (): Wait => {
        if (left) {
          if (value === null && before == null) return undefined
          const forgotten = from !== null && isOther(from, to) ? send(from, 'forget') : undefined
          return after(forgotten, () => send(to, 'tell'))
        }
        if (to === null) {
          if (value !== null) context.count('null_keys_dropped')
          return from === null && !unanswered.has(key) ? undefined : send(from, 'forget-and-tell')
        }
        if (from === null) return send(to, unanswered.has(key) ? 'tell' : 'tell-if-there')
        // The result of the former pair has to go, also where there is no new one. So too with the same foreign row: where that
        // went meanwhile, its own word of it comes too late, being an answer to the former value.
        if (!isOther(from, to)) return send(to, 'tell')
        return after(send(from, 'forget'), () => send(to, 'tell'))
      }
      return failure === undefined ? tell() : after(context.fail(failure.error, key, value), tell)
    }
  }
}
