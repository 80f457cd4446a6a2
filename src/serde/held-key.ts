import { asBuffer } from './buffer.js'
import type { Serde } from './serde.js'

// Of what waits for a grace to pass: the key, then a number (uint32) that tells equal ones apart.

/** A key and the number of its record. */
export function heldKey<K>(key: Serde<K>): Serde<{ readonly key: K; readonly seq: number }> {
  return {
    name: `held(${key.name ?? 'key'})`,
    serialize({ key: plain, seq }) {
      const bytes = key.serialize(plain)
      const name = Buffer.allocUnsafe(bytes.length + 4)
      name.set(bytes)
      name.writeUInt32BE(seq, bytes.length)
      return name
    },
    deserialize(bytes) {
      const end = bytes.length - 4
      return { key: key.deserialize(bytes.subarray(0, end)), seq: asBuffer(bytes).readUInt32BE(end) }
    },
  }
}
