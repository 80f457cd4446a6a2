import type { Serde } from '../../serde/serde.js'
import type { Answer, Subscription } from '../../serde/subscription.js'
import type { Subscriptions } from '../../store/subscriptions.js'
import type { Operator } from '../operator.js'
import { openTable, type TableView } from '../table-view.js'

/**
 * Keeps the subscriptions and answers each with the foreign row as it is now (Kafka Streams' `SubscriptionReceive` and
 * `SubscriptionJoinProcessorSupplier`). An answer has the later timestamp of the two.
 */
export function answerSubscriptions<K, K2, V2>(options: {
  readonly store: string
  readonly table: TableView
  readonly foreignKey: Serde<K2>
  readonly primaryKey: Serde<K>
}): Operator {
  const { foreignKey, primaryKey } = options
  return (next, context) => {
    const subscriptions = context.store<Subscriptions<Subscription<K>>>(options.store)
    const rows = openTable<K2, V2>(options.table, context, 'get')
    return (foreign: K2 | null, message: Subscription<K>, timestamp) => {
      const { instruction, hash, partition } = message
      const forgets = instruction === 'forget' || instruction === 'forget-and-tell'
      if (foreign !== null) {
        const primary = primaryKey.serialize(message.primaryKey)
        subscriptions.put(foreignKey.serialize(foreign), primary, forgets ? null : message, timestamp)
      }
      const row = foreign === null ? undefined : rows.get(foreign)
      const latest = row === undefined ? timestamp : Math.max(timestamp, rows.timestamp)
      if (instruction === 'forget' || (instruction === 'tell-if-there' && row === undefined)) return
      const answer: Answer<V2> = { hash, partition, value: forgets ? null : (row ?? null) }
      return next(message.primaryKey, answer, latest)
    }
  }
}

/**
 * Tells each change of a foreign row to all that have subscribed to it (Kafka Streams' `ForeignTableJoinProcessorSupplier`).
 * They lie side by side under the foreign key, so this reads them and no others.
 */
export function answerSubscribers<K, K2, V2>(options: {
  readonly store: string
  readonly foreignKey: Serde<K2>
  readonly primaryKey: Serde<K>
}): Operator {
  const { foreignKey, primaryKey } = options
  return (next, context) => {
    const subscriptions = context.store<Subscriptions<Subscription<K>>>(options.store)
    const tell = async (
      subscribers: AsyncIterable<readonly [Uint8Array, Subscription<K>]>,
      value: V2 | null,
      timestamp: number,
    ): Promise<void> => {
      for await (const [primary, { hash, partition }] of subscribers) {
        const answer: Answer<V2> = { hash, partition, value }
        await next(primaryKey.deserialize(primary), answer, timestamp)
      }
    }
    return (foreign: K2, value: V2 | null, timestamp) => {
      const subscribers = subscriptions.of(foreignKey.serialize(foreign))
      return subscribers === undefined ? undefined : tell(subscribers, value, timestamp)
    }
  }
}
