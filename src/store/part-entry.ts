import { asBuffer } from '../serde/buffer.js'
import type { Serde } from '../serde/serde.js'
import { readEntry, writeWaiting, type KeptRecord } from './pending-entry.js'

/** One part of a key; without a name, what is known of the key. */
export interface PartKey<K> {
  readonly key: K
  readonly part: string
}

/** What is known of a key whose parts are waited for. Times are milliseconds. */
export interface Gathering {
  /** Of the parts that have come. */
  readonly names: readonly string[]
  /** Of the wall clock: when the wait ends, or when the key is forgotten. */
  readonly due: number
  /** The largest timestamp of a part. */
  readonly latest: number
  /** The parts that are needed, or how many; absent while not known. */
  readonly expected?: readonly string[] | number
  /** How the wait ended. */
  readonly ended?: 'complete' | 'timed-out'
}

/** The value of a part, by the number of the stream that it came from; or what is known of the key. */
export type PartEntry = { readonly side: number; readonly value: unknown } | Gathering

// Key: length of the part's name (uint16), the name, the key. Value of a part: the number of its stream plus 1 (uint16), then
// the value; of a key: 0 (uint16), JSON.

export function partKey<K>(key: Serde<K>): Serde<PartKey<K>> {
  return {
    name: `part(${key.name ?? 'key'})`,
    serialize({ key: plain, part }) {
      const name = Buffer.from(part)
      return Buffer.concat([uint16(name.length), name, key.serialize(plain)])
    },
    deserialize(bytes) {
      const buffer = asBuffer(bytes)
      const end = 2 + buffer.readUInt16BE(0)
      return { part: buffer.toString('utf8', 2, end), key: key.deserialize(buffer.subarray(end)) }
    },
  }
}

/** @param sides how the values of each stream are written */
export function partEntry(sides: readonly Serde<any>[]): Serde<PartEntry> {
  return {
    name: `part(${sides.map(({ name }) => name ?? 'value').join(', ')})`,
    serialize: entry =>
      'side' in entry
        ? Buffer.concat([uint16(entry.side + 1), sides[entry.side]!.serialize(entry.value)])
        : Buffer.concat([uint16(0), Buffer.from(JSON.stringify(entry))]),
    deserialize(bytes) {
      const buffer = asBuffer(bytes)
      const side = buffer.readUInt16BE(0) - 1
      const rest = buffer.subarray(2)
      if (side < 0) return JSON.parse(rest.toString('utf8')) as Gathering
      return { side, value: sides[side]!.deserialize(rest) }
    },
    // What is known of a key names all of its parts, and is read with each of them. Nobody changes it.
    copies: {
      make: entry => ('side' in entry ? undefined : entry),
      again: gathering => gathering,
      isSame: (gathering, entry) => gathering === entry,
    },
  }
}

/** The record to go on with when a wait ends; nothing where a key is only forgotten. */
export const waitEntry: Serde<KeptRecord | undefined> = {
  name: 'wait',
  serialize: record =>
    record === undefined ? Buffer.alloc(0) : writeWaiting({ timestamp: 0, record, key: null, value: null }),
  deserialize: bytes => (bytes.length === 0 ? undefined : readEntry(bytes).record),
}

function uint16(number: number): Buffer {
  const bytes = Buffer.allocUnsafe(2)
  bytes.writeUInt16BE(number)
  return bytes
}
