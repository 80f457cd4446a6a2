import { asBuffer } from '../serde/buffer.js'
import { readInt64, writeInt64 } from '../serde/int64-bytes.js'
import type { Serde } from '../serde/serde.js'
import { RecordHeaders } from '../record.js'

/** A change of a table that waits to be told. */
export interface BufferedChange<V> {
  readonly value: V | null
  /** What those downstream were told last; `undefined` where that is not known. */
  readonly old: V | null | undefined
  readonly timestamp: number
  /** Of the record that made the change. */
  readonly headers: RecordHeaders
}

const none = -1
const unknown = -2

/**
 * Changes as bytes: timestamp (int64), number of headers (int32), then parts, each with its length (int32) before it: the
 * value, the old value, names and values of the headers in turn. A length of -1 stands for null, -2 for unknown.
 */
export function bufferedChangeSerde<V>(serde: Serde<V>): Serde<BufferedChange<V>> {
  return {
    name: `buffered(${serde.name ?? 'custom'})`,
    serialize({ value, old, timestamp, headers }) {
      const parts: Uint8Array[] = []
      const add = (bytes: Uint8Array | null, absent = none): void => {
        const length = Buffer.allocUnsafe(4)
        length.writeInt32BE(bytes?.length ?? absent)
        parts.push(length)
        if (bytes !== null) parts.push(bytes)
      }
      const head = Buffer.allocUnsafe(12)
      writeInt64(timestamp, head, 0)
      head.writeInt32BE(headers.size, 8)
      add(value === null ? null : serde.serialize(value))
      add(old == null ? null : serde.serialize(old), old === undefined ? unknown : none)
      for (const [name, bytes] of headers) {
        add(Buffer.from(name))
        add(bytes)
      }
      return Buffer.concat([head, ...parts])
    },
    deserialize(stored) {
      const buffer = asBuffer(stored)
      let at = 12
      const take = (): Uint8Array | null | undefined => {
        const length = buffer.readInt32BE(at)
        const start = at + 4
        at = start + Math.max(0, length)
        if (length < 0) return length === none ? null : undefined
        return new Uint8Array(buffer.subarray(start, at))
      }
      const read = (bytes: Uint8Array | null | undefined) => (bytes == null ? bytes : serde.deserialize(bytes))
      const value = read(take()) ?? null
      const old = read(take())
      const headers = Array.from({ length: buffer.readInt32BE(8) }, () => {
        const name = Buffer.from(take()!).toString()
        return [name, take() ?? null] as const
      })
      const kept = headers.length === 0 ? RecordHeaders.none : new RecordHeaders(headers)
      return { value, old, timestamp: readInt64(buffer, 0), headers: kept }
    },
  }
}
