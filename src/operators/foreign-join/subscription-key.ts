import type { Serde } from '../../serde/serde.js'
import type { Subscription } from '../../serde/subscription.js'
import type { KeyValueStore } from '../../store/key-value.js'

/** Subscriptions by foreign key, then primary key. */
export type SubscriptionStore<K> = KeyValueStore<Uint8Array, Subscription<K>>

// A key is the length of the foreign key (uint32), the foreign key, the primary key, as in Kafka Streams' CombinedKeySchema.
const lengthBytes = 4

export function subscriptionKey(foreign: Uint8Array, primary: Uint8Array): Uint8Array {
  return Buffer.concat([prefixOf(foreign).from, primary])
}

/** What the subscriptions to a foreign key begin with, and a key behind all of them. */
export function prefixOf(foreign: Uint8Array): { readonly from: Buffer; readonly to: Buffer } {
  const from = Buffer.allocUnsafe(lengthBytes + foreign.length)
  from.writeUInt32BE(foreign.length)
  from.set(foreign, lengthBytes)
  const to = Buffer.from(from)
  // The length is below 2^32 - 1, so some byte can be raised.
  for (let i = to.length - 1; i >= 0; i--) {
    if (to[i] !== 0xff) {
      to[i]!++
      return { from, to: to.subarray(0, i + 1) }
    }
  }
  return { from, to }
}

export function primaryKeyOf<K>(key: Uint8Array, serde: Serde<K>): K {
  const length = Buffer.from(key.buffer, key.byteOffset, key.byteLength).readUInt32BE(0)
  return serde.deserialize(key.subarray(lengthBytes + length))
}
