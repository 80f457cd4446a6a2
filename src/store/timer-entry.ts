import type { Serde } from '../serde/serde.js'
import { readEntry, writeWaiting, type KeptRecord } from './pending-entry.js'

/** A record that goes on at its time. */
export interface TimerEntry<K, V> {
  readonly key: K | null
  readonly value: V | null
  readonly timestamp: number
  readonly record: KeptRecord
}

export function timerEntry<K, V>(key: Serde<K>, value: Serde<V>): Serde<TimerEntry<K, V>> {
  return {
    name: `timer(${key.name ?? 'key'}, ${value.name ?? 'value'})`,
    serialize: entry =>
      writeWaiting({
        timestamp: entry.timestamp,
        record: entry.record,
        key: entry.key == null ? null : key.serialize(entry.key),
        value: entry.value == null ? null : value.serialize(entry.value),
      }),
    deserialize(bytes) {
      const { timestamp, record, key: keyBytes, value: valueBytes } = readEntry(bytes)
      return {
        timestamp,
        record,
        key: keyBytes === null ? null : key.deserialize(keyBytes),
        value: valueBytes === null ? null : value.deserialize(valueBytes),
      }
    },
  }
}
