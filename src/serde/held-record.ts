import { RecordHeaders } from '../record.js'
import { asBuffer } from './buffer.js'
import type { Serde } from './serde.js'
import { sized, SizedReader } from './sized.js'

// What waits for a grace to pass. Key: key, then a number (uint32) that tells equal ones apart. Value: the number of headers
// (uint16), for each its name and value as length (int32, -1: null) and bytes; then the record's value.

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

/** A value and its headers. */
export function heldRecord<V>(value: Serde<V>): Serde<{ readonly value: V; readonly headers: RecordHeaders }> {
  return {
    name: `held(${value.name ?? 'value'})`,
    serialize(record) {
      const count = Buffer.allocUnsafe(2)
      count.writeUInt16BE(record.headers.size)
      const parts: Uint8Array[] = [count]
      for (const [name, content] of record.headers) parts.push(...sized(Buffer.from(name)), ...sized(content))
      return Buffer.concat([...parts, value.serialize(record.value)])
    },
    deserialize(bytes) {
      const buffer = asBuffer(bytes)
      const reader = new SizedReader(buffer, 2)
      const header = () => [reader.take()!.toString(), reader.take()] as const
      const list = Array.from({ length: buffer.readUInt16BE(0) }, header)
      const headers = list.length === 0 ? RecordHeaders.none : new RecordHeaders(list)
      return { headers, value: value.deserialize(reader.rest) }
    },
  }
}
