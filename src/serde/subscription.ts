import { SluiceError } from '../errors.js'
import { asBuffer } from './buffer.js'
import type { Serde } from './serde.js'

/** What the foreign table's side does with a subscription (Kafka Streams' `SubscriptionWrapper.Instruction`). */
const instructions = ['forget', 'forget-and-tell', 'tell', 'tell-if-there'] as const
export type Instruction = (typeof instructions)[number]

/** A row of the left table asks for the row that its foreign key names. */
export interface Subscription<K> {
  readonly instruction: Instruction
  /** Of the left row's value, so that an answer to a former value can be told; null for a deleted row. */
  readonly hash: Uint8Array | null
  readonly primaryKey: K
  /** Where the left row is, and so where the answer goes. */
  readonly partition: number
}

/** The answer: the foreign row, or that there is none. */
export interface Answer<V> {
  readonly hash: Uint8Array | null
  readonly partition: number
  readonly value: V | null
}

const version = 1
export const hashBytes = 16

// Subscription: version, instruction, partition (int32), 0 or 1, hash where 1, primary key.
// Answer: version, partition (int32), 0 or 1, hash where 1, 0 or 1, value where 1.

export function subscription<K>(key: Serde<K>): Serde<Subscription<K>> {
  return {
    name: `subscription(${key.name ?? 'key'})`,
    serialize: ({ instruction, hash, primaryKey, partition }) =>
      Buffer.concat([
        Buffer.of(version, instructions.indexOf(instruction)),
        int32(partition),
        ...optional(hash),
        key.serialize(primaryKey),
      ]),
    deserialize(bytes) {
      const buffer = checked(bytes)
      const [hash, rest] = takeHash(buffer, 6)
      return {
        instruction: instructions[buffer[1]!]!,
        partition: buffer.readInt32BE(2),
        hash,
        primaryKey: key.deserialize(buffer.subarray(rest)),
      }
    },
  }
}

export function answer<V>(value: Serde<V>): Serde<Answer<V>> {
  return {
    name: `answer(${value.name ?? 'value'})`,
    serialize: ({ hash, partition, value: row }) =>
      Buffer.concat([
        Buffer.of(version),
        int32(partition),
        ...optional(hash),
        ...optional(row === null ? null : value.serialize(row)),
      ]),
    deserialize(bytes) {
      const buffer = checked(bytes)
      const [hash, rest] = takeHash(buffer, 5)
      const row = buffer[rest] === 0 ? null : value.deserialize(buffer.subarray(rest + 1))
      return { hash, partition: buffer.readInt32BE(1), value: row }
    },
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value)
  return bytes
}

function optional(bytes: Uint8Array | null): readonly Uint8Array[] {
  return bytes === null ? [Buffer.of(0)] : [Buffer.of(1), bytes]
}

function takeHash(buffer: Buffer, at: number): readonly [hash: Uint8Array | null, rest: number] {
  if (buffer[at] === 0) return [null, at + 1]
  const rest = at + 1 + hashBytes
  return [Buffer.from(buffer.subarray(at + 1, rest)), rest]
}

function checked(bytes: Uint8Array): Buffer {
  if (bytes[0] === version) return asBuffer(bytes)
  throw new SluiceError(
    'DESERIALIZE',
    `a message of a foreign-key join has version ${bytes[0] ?? 'none'}, not ${version}`,
    {
      hint: 'its topics are written by the pipeline alone, and by one version of it',
    },
  )
}
