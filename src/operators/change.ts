import { SluiceError } from '../errors.js'
import type { Serde } from '../serde/serde.js'

/** One change of a grouped table on its way to the aggregate: what to add, what to subtract. Never null on both sides. */
export interface Change<V> {
  readonly next: V | null
  readonly old: V | null
}

/** The last byte of a serialized change. */
const onlyOld = 0
const onlyNext = 1
const both = 2

/**
 * Changes as bytes, in the format of Kafka Streams (`ChangedSerializer`, 3.5 and later):
 *
 *     old 0
 *     next 1
 *     length(next) next old 2      the length as a zigzag varint
 */
export function changeSerde<V>(serde: Serde<V>): Serde<Change<V>> {
  return {
    name: `change(${serde.name ?? 'custom'})`,
    serialize: ({ next, old }) => {
      if (next === null && old === null) {
        throw new SluiceError('SERIALIZE', 'a change has neither an old nor a new value')
      }
      if (next === null) return flagged([serde.serialize(old!)], onlyOld)
      const bytes = serde.serialize(next)
      if (old === null) return flagged([bytes], onlyNext)
      return flagged([varint(bytes.byteLength), bytes, serde.serialize(old)], both)
    },
    deserialize: bytes => {
      const end = bytes.byteLength - 1
      const flag = bytes[end]
      if (flag === onlyOld) return { next: null, old: serde.deserialize(bytes.subarray(0, end)) }
      if (flag === onlyNext) return { next: serde.deserialize(bytes.subarray(0, end)), old: null }
      if (flag !== both) throw damaged(`its flag is ${flag === undefined ? 'missing' : flag}`)
      const { value: length, size } = readVarint(bytes)
      if (size + length > end) throw damaged('the new value ends behind the change')
      return {
        next: serde.deserialize(bytes.subarray(size, size + length)),
        old: serde.deserialize(bytes.subarray(size + length, end)),
      }
    },
  }
}

function flagged(parts: readonly Uint8Array[], flag: number): Uint8Array {
  return Buffer.concat([...parts, Uint8Array.of(flag)])
}

function varint(length: number): Uint8Array {
  const bytes: number[] = []
  let rest = length * 2
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

function readVarint(bytes: Uint8Array): { value: number; size: number } {
  let value = 0
  for (let i = 0; i < Math.min(5, bytes.byteLength); i++) {
    value += (bytes[i]! & 0x7f) * 128 ** i
    if (bytes[i]! < 0x80) return { value: value / 2, size: i + 1 }
  }
  throw damaged('the length of the new value is not a varint')
}

function damaged(why: string): SluiceError {
  return new SluiceError('DESERIALIZE', `the bytes are not a change of a table: ${why}`, {
    hint: 'the repartition topic of a grouped table is written by the pipeline alone',
  })
}
